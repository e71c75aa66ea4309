using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

/// <summary>The comparison itself. The server is a stand-in: that a real one decides alike is shown only by running the command against it.</summary>
public sealed class PolicyDiffTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private StandInOpa opa = null!;

    public async ValueTask InitializeAsync() => opa = await StandInOpa.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await opa.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Equal_decisions_in_another_order_are_no_difference()
    {
        opa.Answer = context => EchoAsync(context, decision => decision["reasons"] = new JsonArray([.. decision["reasons"]!.AsArray().Reverse().Select(reason => reason!.DeepClone())]));

        var run = await CommandRun.OfAsync("policy", "diff", "--opa", opa.Url);

        Assert.Equal("", run.Error);
        Assert.Matches(@"^[1-9][0-9]{2,} questions to the embedded engine and OPA 1\.4\.2: [1-9][0-9]{2,} decided alike, 0 differ\s*$", run.Output);
        Assert.Equal(ExitCode.Ok, run.Code);
    }

    [Fact]
    public async Task Difference_is_shown_with_its_question_and_both_decisions()
    {
        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed));
        await File.WriteAllTextAsync(folder["questions"], """{"name": "nothing known", "input": {}}""");

        var run = await CommandRun.OfAsync("policy", "diff", "--opa", opa.Url, "--questions", folder["questions"]);

        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("nothing known", run.Output, StringComparison.Ordinal);
        Assert.Contains("embedded: {\"allow\":false", run.Output, StringComparison.Ordinal);
        Assert.Contains("opa:      {\"allow\":true", run.Output, StringComparison.Ordinal);
        Assert.Contains("0 decided alike, 1 differ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failing_server_is_a_difference()
    {
        opa.Answer = StandInOpa.Json("{}", 500);
        await File.WriteAllTextAsync(folder["questions"], """{"name": "nothing known", "input": {}}""");

        var run = await CommandRun.OfAsync("policy", "diff", "--opa", opa.Url, "--questions", folder["questions"]);

        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("answered 500", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_questions_are_no_success()
    {
        await File.WriteAllTextAsync(folder["questions"], "");
        Assert.Equal(ExitCode.Failed, (await CommandRun.OfAsync("policy", "diff", "--opa", opa.Url, "--questions", folder["questions"])).Code);
    }

    [Theory]
    [InlineData("http://opa.example:8181", "loopback only")]
    [InlineData("http://127.0.0.1:1", "cannot be reached")]
    public async Task Address_without_a_server_cannot_be_compared(string url, string message)
    {
        var run = await CommandRun.OfAsync("policy", "diff", "--opa", url);

        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Policies:Opa", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_that_is_no_question_is_named()
    {
        await File.WriteAllTextAsync(folder["questions"], "{}");
        var run = await CommandRun.OfAsync("policy", "diff", "--opa", opa.Url, "--questions", folder["questions"]);

        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.Contains("questions:1:", run.Error, StringComparison.Ordinal);
    }

    // Answers with the embedded engine's own decision, changed: so only the comparison is tested.
    private async Task EchoAsync(HttpContext context, Action<JsonNode> change)
    {
        var input = JsonNode.Parse(opa.Questions.Last().Body)!["input"];
        var decision = JsonNode.Parse(Policies.Evaluate(RegoValue.ParseJson(input?.ToJsonString() ?? "null"))!.ToJsonString())!;
        change(decision);
        await StandInOpa.Json(StandInOpa.With(decision.ToJsonString()))(context);
    }

    private static readonly PreparedQuery Policies = RegoCompiler
        .Compile([.. PolicyBundle.BuiltIn().Modules.Select(file => new RegoSource(file.Path, file.Text))])
        .Prepare("data.tds.decision");
}
