using System.Net;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Clients;

public sealed class ServiceRefusalTests
{
    [Fact]
    public async Task A_reason_without_a_remedy_has_the_one_of_the_whole()
    {
        var refusal = await RefusalAsync(
            new RefusalReason("not_acceptable", "lifetime", "lifetime is at most 30 days", Remedy: null),
            new RefusalReason("not_acceptable", null, "a name is missing", "name who is invited"),
            new RefusalReason("not_acceptable", null, "so is a region", Remedy: null));
        Assert.Equal("400 malformed: The invite is refused. (at $.invite) To do: correct the place that is named; name who is invited", refusal.Message);
        Assert.Equal(("lifetime", null), (refusal.Problem.Reasons[0].Term, refusal.Problem.Reasons[0].Remedy));
        Assert.Equal((null, "name who is invited"), (refusal.Problem.Reasons[1].Term, refusal.Problem.Reasons[1].Remedy));
    }

    [Fact]
    public async Task A_refusal_without_reasons_says_what_where_and_what_to_do() =>
        Assert.Equal("400 malformed: The invite is refused. (at $.invite) To do: correct the place that is named", (await RefusalAsync()).Message);

    private static async Task<ServiceRefusalException> RefusalAsync(params RefusalReason[] reasons)
    {
        var problem = ProblemDocument.From(new RefusalException(RefusalCode.Malformed, "The invite is refused.")
        {
            Where = "$.invite",
            Remedy = "correct the place that is named",
            Reasons = reasons,
        });
        using var http = new HttpClient(new Refusing(ProtocolJson.Write(problem)));
        return await Assert.ThrowsAsync<ServiceRefusalException>(
            () => new ServiceClient(http, "http://127.0.0.1:1", "").GetAsync<ProblemDocument>("/x", CancellationToken.None));
    }

    private sealed class Refusing(byte[] body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new ByteArrayContent(body) });
    }
}
