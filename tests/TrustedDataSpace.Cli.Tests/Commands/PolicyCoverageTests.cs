using System.Text.Json.Nodes;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

/// <summary><c>tds policy coverage</c>.</summary>
public sealed class PolicyCoverageTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Each_term_is_shown_with_what_is_done_about_it_and_by_whom()
    {
        var run = await RunAsync("""
            {"permission": [{"action": "use", "constraint": [
              {"leftOperand": "count", "operator": "lteq", "rightOperand": "100/P1D@Asia/Shanghai"},
              {"leftOperand": "purpose", "operator": "eq", "rightOperand": "inference"},
              {"leftOperand": "tds:liability", "operator": "eq", "rightOperand": "gross-negligence"}]}],
             "prohibition": [{"action": "distribute"}]}
            """);

        Assert.Equal((ExitCode.Ok, ""), (run.Code, run.Error));
        Assert.Contains("enforced    permission[0].constraint[0]  count lteq 100/P1D@Asia/Shanghai", run.Output, StringComparison.Ordinal);
        Assert.Contains("attested    prohibition[0]  prohibited: distribute", run.Output, StringComparison.Ordinal);
        Assert.Contains("by nobody: kept and signed; nothing technical happens", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("4 terms: 1 enforced, 2 attested, 1 legal only" + Environment.NewLine, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offer_that_cannot_be_kept_is_refused_with_every_term()
    {
        var run = await RunAsync("""
            {"permission": [{"action": "use", "duty": [{"action": "delete"}], "constraint": [{"leftOperand": "tds:carbonIntensity", "operator": "lteq", "rightOperand": "300"}]}],
             "tds:meter": {"unit": "smile"}}
            """);

        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("refused     permission[0].duty[0]", run.Output, StringComparison.Ordinal);
        Assert.Contains("refused     permission[0].constraint[0].leftOperand", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("3 terms refused: this cannot be offered" + Environment.NewLine, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_is_for_programs_too()
    {
        var run = await RunAsync("""{"permission": [{"action": "use", "constraint": [{"leftOperand": "tds:role", "operator": "eq", "rightOperand": "bank"}]}]}""", "--json");

        var term = JsonNode.Parse(run.Output)!["terms"]![0]!;
        Assert.Equal(("enforced", "provider's connector"), ((string)term["word"]!, (string)term["where"]!));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task File_that_is_no_offer_is_wrong_use(string text) => Assert.NotEqual(ExitCode.Ok, (await RunAsync(text)).Code);

    private async Task<CommandRun> RunAsync(string offer, params string[] options)
    {
        var file = folder["offer.json"];
        await File.WriteAllTextAsync(file, offer, TestContext.Current.CancellationToken);
        return await CommandRun.OfAsync(["policy", "coverage", file, .. options]);
    }
}
