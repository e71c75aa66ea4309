using System.CommandLine;
using System.Text.Json;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log why ENTRY</c>: decides a denial again, with the question and the policies of then, and compares.</summary>
internal static class LogWhyCommand
{
    public static Command Create()
    {
        var entry = new Argument<string>("ENTRY") { Description = "Id of the denial in the evidence (decision.denied), as tds audit denials and tds log trace show it." };
        return Verb.ForConnector(
            "why",
            "Decide a denial again: the connector that decided shows the question and the policies of then; the question must be the one that the evidence commits to, and the answer the same. Exit code 1 when it is not.",
            [entry],
            async call =>
            {
                var denial = await call.Connector.DenialAsync(call.Get(entry), call.Cancellation);
                var finding = await JudgeAsync(denial, call.Cancellation);
                await call.ShowAsync(finding, finding.Lines());
                return finding.Alarm is null ? ExitCode.Ok : ExitCode.Failed;
            });
    }

    /// <summary>What a second decision says.</summary>
    public static async Task<Finding> JudgeAsync(DenialView denial, CancellationToken cancellation)
    {
        var question = Convert.FromBase64String(denial.Question);
        var data = denial.Entry.Data;
        var recorded = DenialReasons.Of(data);
        var finding = new Finding(denial.Entry.Id, denial.Entry.Time, denial.Revision, JsonDocument.Parse(question).RootElement, recorded);
        if (!data.TryGetProperty("question", out var commitment) || !Commitment.Opens(commitment.GetString() ?? "", Convert.FromBase64String(denial.Salt), question))
        {
            return finding with { Alarm = "the question is not the one that the evidence commits to" };
        }

        if (!data.TryGetProperty("revision", out var revision) || revision.GetString() != denial.Revision)
        {
            return finding with { Alarm = "the evidence names another revision of the policies" };
        }

        if (denial.Policies is not { } archive)
        {
            return finding with { Note = "the policies of that revision are not kept: the question is genuine, but was not decided again" };
        }

        using var stream = new MemoryStream(Convert.FromBase64String(archive));
        var bundle = PolicyBundle.FromArchive(stream);
        if (bundle.Revision != denial.Revision)
        {
            return finding with { Alarm = $"the policies shown are of the revision {bundle.Revision}" };
        }

        var engine = new EmbeddedPolicyEngine();
        engine.Replace(bundle);
        var again = await engine.DecideAsync(question, cancellation);
        finding = finding with { Again = [.. again.Reasons] };
        return !again.Allow && Reasons(again).SequenceEqual(recorded)
            ? finding
            : finding with { Alarm = again.Allow ? "decided again, it is allowed" : "decided again, it is denied for other reasons" };
    }

    private static IEnumerable<string> Reasons(PolicyDecision decision) => decision.Reasons.Select(reason => DenialReasons.Text(reason.Code, reason.Term)).Order(StringComparer.Ordinal);

    /// <param name="Entry">Id of the denial.</param>
    /// <param name="At">When.</param>
    /// <param name="Revision">Of the policies.</param>
    /// <param name="Question">What was asked.</param>
    /// <param name="Recorded">Code and term of each reason in the evidence.</param>
    internal sealed record Finding(string Entry, DateTimeOffset At, string Revision, JsonElement Question, IReadOnlyList<string> Recorded)
    {
        /// <summary>The reasons of the second decision.</summary>
        public IReadOnlyList<PolicyReason>? Again { get; init; }

        /// <summary>What is wrong; null when nothing is.</summary>
        public string? Alarm { get; init; }

        /// <summary>What could not be done.</summary>
        public string? Note { get; init; }

        public IEnumerable<string> Lines()
        {
            yield return $"{Entry}: denied at {At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z by the policies {Revision}";
            foreach (var reason in Recorded)
            {
                yield return "  in the evidence: " + reason;
            }

            foreach (var reason in Again ?? [])
            {
                yield return $"  decided again:   {DenialReasons.Text(reason.Code, reason.Term)}: {reason.Message}{(reason.Remedy is null ? "" : $" ({reason.Remedy})")}";
            }

            yield return Alarm is not null ? $"ALARM: {Alarm}." : Note is not null ? $"Note: {Note}." : "The question is the one that the evidence commits to, and the answer is the same.";
        }
    }
}
