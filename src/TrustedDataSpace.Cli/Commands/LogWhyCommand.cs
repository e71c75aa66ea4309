using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log why ENTRY</c>: decides again what was denied or allowed, with the question and the policies of then, and compares.</summary>
internal static class LogWhyCommand
{
    private const string OtherEntry = "the receipt is for another entry";

    public static Command Create()
    {
        var entry = new Argument<string>("ENTRY") { Description = "Id of a denial (decision.denied) or of the decisions of an interval (usage.decided) in the evidence, as tds audit and tds log trace show it; or FLOW/INTERVAL, the id of a record of use." };
        var key = new Option<string?>("--key") { Description = "The log's public key, from a source that you trust: a JWK, or a file with a JWK or a JWK set.", HelpName = "FILE|JWK" };
        return Verb.ForConnector(
            "why",
            "Decide again what was denied or allowed: the connector that decided shows the question and the policies of then, and its receipt for the entry from the log; the question must be the one that the logged entry commits to, and the answer the same. Exit code 1 when it is not, or cannot be shown.",
            [entry, key],
            async call =>
            {
                // The log's word first: the entry is not taken from whoever is asked about it.
                var record = RecordOf(call.Get(entry));
                var allows = record is { } of ? await call.Connector.AllowAsync(of.Flow, of.Interval, call.Cancellation) : null;
                var receipt = await call.Connector.ReceiptAsync(allows?.Entry.Id ?? call.Get(entry), call.Cancellation);
                var logKey = Receipts.Verify(receipt, call.Get(key) is { } given ? LogVerifyCommand.ReadKeys(given) : []);
                if (receipt.Entry.Kind == EvidenceKinds.UsageDecided)
                {
                    var all = await AllowJudge.JudgeAsync(receipt.Entry, allows ?? await call.Connector.AllowAsync(call.Get(entry), call.Cancellation), record, call.Cancellation);
                    all = record is not null || receipt.Entry.Id == call.Get(entry) ? all : all with { Alarm = OtherEntry };
                    await call.ShowAsync(all, [.. all.Lines(), $"entry {receipt.Proof.Index} of the log, under a checkpoint of the key {logKey.Thumbprint}{(call.Get(key) is null ? ": compare it with that of the space's authority, or give --key" : "")}"]);
                    return all.IsSound ? ExitCode.Ok : ExitCode.Failed;
                }

                var finding = await JudgeAsync(receipt.Entry, await call.Connector.DenialAsync(call.Get(entry), call.Cancellation), call.Cancellation);
                finding = receipt.Entry.Id == call.Get(entry) ? finding : finding with { Alarm = OtherEntry };
                await call.ShowAsync(finding, [.. finding.Lines(), $"entry {receipt.Proof.Index} of the log, under a checkpoint of the key {logKey.Thumbprint}{(call.Get(key) is null ? ": compare it with that of the space's authority, or give --key" : "")}"]);
                return finding is { Alarm: null, Note: null } ? ExitCode.Ok : ExitCode.Failed;
            });
    }

    // The id of a record of use is its flow and the number of its interval.
    private static (string Flow, long Interval)? RecordOf(string text)
    {
        var end = text.LastIndexOf('/');
        return end > 0 && long.TryParse(text.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var interval) ? (text[..end], interval) : null;
    }

    /// <summary>What a second decision says.</summary>
    /// <param name="logged">The entry, as the log has it.</param>
    /// <param name="denial">What the connector shows.</param>
    /// <param name="cancellation">Ends the decision.</param>
    public static async Task<Finding> JudgeAsync(EvidenceEntry logged, DenialView denial, CancellationToken cancellation)
    {
        var data = logged.Data;
        var recorded = DenialReasons.Of(data);
        var finding = new Finding(logged.Id, logged.Time, denial.Revision, recorded);
        if (!logged.LeafHash().AsSpan().SequenceEqual(denial.Entry.LeafHash()))
        {
            return finding with { Alarm = "the connector shows another entry than the log has" };
        }

        if (!data.TryGetProperty("question", out _) && data.TryGetProperty("hash", out _))
        {
            return finding with { Note = "the entry was too large for the log, which has its hash alone: the question cannot be compared" };
        }

        if (ShownDecision.Open(AllowJudge.Text(data, "question"), denial.Salt, denial.Question) is not var (text, question))
        {
            return finding with { Alarm = ShownDecision.OtherQuestion };
        }

        finding = finding with { Question = question };
        if (AllowJudge.Text(data, "revision") != denial.Revision)
        {
            return finding with { Alarm = ShownDecision.OtherRevision };
        }

        if (denial.Policies is not { } archive)
        {
            return finding with { Note = ShownDecision.NoPolicies };
        }

        var (decided, alarm) = await ShownDecision.DecideAsync(text, denial.Revision, archive, cancellation);
        if (decided is not { } again)
        {
            return finding with { Alarm = alarm };
        }

        finding = finding with { Again = [.. again.Reasons] };
        return !again.Allow && Reasons(again).SequenceEqual(recorded)
            ? finding with { Note = ShownDecision.NoteOn(denial.Revision) }
            : finding with { Alarm = again.Allow ? "decided again, it is allowed" : "decided again, it is denied for other reasons" };
    }

    private static IEnumerable<string> Reasons(PolicyDecision decision) => decision.Reasons.Select(reason => DenialReasons.Text(reason.Code, reason.Term)).Order(StringComparer.Ordinal);

    /// <param name="Entry">Id of the denial.</param>
    /// <param name="At">When.</param>
    /// <param name="Revision">Of the policies.</param>
    /// <param name="Recorded">Code and term of each reason in the evidence.</param>
    internal sealed record Finding(string Entry, DateTimeOffset At, string Revision, IReadOnlyList<string> Recorded)
    {
        /// <summary>What was asked; null: that is not shown.</summary>
        public JsonElement? Question { get; init; }

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
