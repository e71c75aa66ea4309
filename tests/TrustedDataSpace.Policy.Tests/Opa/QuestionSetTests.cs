using System.Text.Json;
using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Opa;

/// <summary>What <c>tds policy diff</c> asks by default.</summary>
public sealed class QuestionSetTests
{
    // Set it to write the file anew after the rules have changed: TDS_WRITE_QUESTIONS=1 dotnet test --project tests/TrustedDataSpace.Policy.Tests
    private static readonly bool Write = Environment.GetEnvironmentVariable("TDS_WRITE_QUESTIONS") == "1";

    private static readonly string Checked = Path.Combine(RepositoryFolder.Questions, "questions.jsonl");

    [Fact]
    public async Task Checked_in_questions_are_those_that_the_rules_ask_for()
    {
        if (Write)
        {
            await File.WriteAllTextAsync(Checked, string.Join('\n', QuestionSet.Lines()) + "\n", TestContext.Current.CancellationToken);
        }

        Assert.Equal(QuestionSet.Lines(), await File.ReadAllLinesAsync(Checked, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Questions_reach_every_answer_that_the_rules_can_give()
    {
        var engine = Question.BuiltInEngine();
        var decisions = new List<PolicyDecision>();
        foreach (var line in QuestionSet.Lines())
        {
            using var question = JsonDocument.Parse(line);
            decisions.Add(await engine.DecideAsync(question.RootElement.GetProperty("input"), TestContext.Current.CancellationToken));
        }

        Assert.True(decisions.Count >= 200);
        Assert.Equal(["allowed", "conditional", "denied", "denied_by_default"], decisions.Select(decision => decision.Result).Distinct().Order());
        Assert.Equal(
            [
                "agreement_not_active", "constraint_not_met", "duty_outstanding", "layer_denied", "membership_not_active", "missing_context", "no_agreement",
                "no_permission", "not_a_party", "not_filed", "prohibited", "unknown_stage", "unknown_term", "unsupported_version",
            ],
            decisions.SelectMany(decision => decision.Reasons).Select(reason => reason.Code).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Names_of_questions_are_unique()
    {
        var names = QuestionSet.Lines().Select(line => RegoValue.ParseJson(line)).Select(question => ((RegoObject)question)["name"]).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
    }
}
