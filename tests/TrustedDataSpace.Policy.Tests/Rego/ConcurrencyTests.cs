using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

public sealed class ConcurrencyTests
{
    [Fact]
    public async Task One_prepared_query_serves_many_threads()
    {
        var module = "package t\nseen contains x if some x in input.xs\np := {x: [y | some y in data.all; y > x] | some x in seen}";
        var data = RegoValue.ParseJson("""{"all": [5, 3, 9, 1]}""");
        var query = RegoCompiler.Compile([new("t.rego", module)], data).Prepare("data.t.p");
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
            Enumerable.Range(0, 200).Select(i => query.Evaluate(RegoValue.ParseJson($$"""{"xs": [{{i % 4}}]}"""))!.ToJsonString()).Distinct().Count())));
        Assert.All(results, distinct => Assert.Equal(4, distinct));
    }
}
