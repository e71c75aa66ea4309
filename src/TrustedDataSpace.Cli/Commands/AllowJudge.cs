using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>Takes the decisions that allowed the use of an interval again.</summary>
internal static class AllowJudge
{
    /// <param name="logged">The entry, as the log has it.</param>
    /// <param name="view">What the connector shows.</param>
    /// <param name="asked">The interval that was asked about; null: the entry was named itself.</param>
    /// <param name="cancellation">Ends the decisions.</param>
    public static async Task<Findings> JudgeAsync(EvidenceEntry logged, AllowView view, (string Flow, long Interval)? asked, CancellationToken cancellation)
    {
        var data = logged.Data;
        var interval = data.TryGetProperty("interval", out var number) && number.TryGetInt64(out var some) ? some : -1;
        var findings = new Findings(logged.Id, logged.Time, logged.Process ?? "", interval, More(data), []);
        if (!logged.LeafHash().AsSpan().SequenceEqual(view.Entry.LeafHash()))
        {
            return findings with { Alarm = "the connector shows another entry than the log has" };
        }

        if (asked is { } of && (of.Flow != logged.Process || of.Interval != interval))
        {
            return findings with { Alarm = "the connector shows the decisions of another interval" };
        }

        if (!data.TryGetProperty("decisions", out var decisions) || decisions.ValueKind != JsonValueKind.Array)
        {
            return findings with { Alarm = "the entry was too large for the log, which has its hash alone: no question can be compared" };
        }

        var results = new List<Finding>();
        foreach (var decision in decisions.EnumerateArray())
        {
            results.Add(await JudgeAsync(decision, view, cancellation));
        }

        return findings with { Decisions = results };
    }

    private static async Task<Finding> JudgeAsync(JsonElement logged, AllowView view, CancellationToken cancellation)
    {
        var finding = new Finding(Text(logged, "question") ?? "", Text(logged, "revision") ?? "", Text(logged, "permission") ?? "", Text(logged, "purpose"), Text(logged, "stage") ?? "");
        if (view.Decisions.FirstOrDefault(one => one.Commitment == finding.Question) is not { } kept)
        {
            return finding with { Note = "its question is not kept any more (Policies:KeepDenied): it cannot be decided again" };
        }

        if (ShownDecision.Open(finding.Question, kept.Salt, kept.Question) is not var (text, question))
        {
            return finding with { Alarm = ShownDecision.OtherQuestion };
        }

        finding = finding with { Input = question };
        if (kept.Revision != finding.Revision)
        {
            return finding with { Alarm = ShownDecision.OtherRevision };
        }

        if (!view.Policies.TryGetValue(finding.Revision, out var archive))
        {
            return finding with { Note = ShownDecision.NoPolicies };
        }

        var (decided, alarm) = await ShownDecision.DecideAsync(text, finding.Revision, archive, cancellation);
        if (decided is not { } again)
        {
            return finding with { Alarm = alarm };
        }

        return again.Allow && again.Permission == finding.Permission
            ? finding with { Again = again.Permission, Note = ShownDecision.NoteOn(finding.Revision) }
            : finding with { Alarm = again.Allow ? $"decided again, another permission allows it: {again.Permission}" : "decided again, it is denied: " + string.Join("; ", again.Reasons.Select(reason => DenialReasons.Text(reason.Code, reason.Term))) };
    }

    private static long More(JsonElement data) => data.TryGetProperty("more", out var more) && more.TryGetInt64(out var count) ? count : 0;

    /// <summary>A text among the members; null where there is none.</summary>
    internal static string? Text(JsonElement value, string name) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    /// <summary>One decision.</summary>
    internal sealed record Finding(string Question, string Revision, string Permission, string? Purpose, string Stage)
    {
        /// <summary>What was asked.</summary>
        public JsonElement? Input { get; init; }

        /// <summary>The permission by which it is allowed again.</summary>
        public string? Again { get; init; }

        public string? Alarm { get; init; }

        public string? Note { get; init; }
    }

    /// <summary>All of an interval.</summary>
    /// <param name="Entry">Id of the entry.</param>
    /// <param name="At">When it was written.</param>
    /// <param name="Flow">The flow.</param>
    /// <param name="Interval">The number of the interval.</param>
    /// <param name="More">How many decisions have no question.</param>
    /// <param name="Decisions">The others.</param>
    internal sealed record Findings(string Entry, DateTimeOffset At, string Flow, long Interval, long More, IReadOnlyList<Finding> Decisions)
    {
        public string? Alarm { get; init; }

        /// <summary>Whether all was decided again, with the same answer. A connector that shows nothing has proven nothing.</summary>
        public bool IsSound => Alarm is null && More == 0 && Decisions.Count > 0 && Decisions.All(decision => decision is { Alarm: null, Note: null });

        public IEnumerable<string> Lines()
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Entry}: use of {Flow}/{Interval} was allowed by {Decisions.Count} decisions{(More == 0 ? "" : $" and {More} more, of which no question is kept")}");
            foreach (var one in Decisions)
            {
                yield return $"  {one.Stage}, purpose {one.Purpose ?? "none"}, permission {one.Permission}, policies {one.Revision}: "
                    + (one.Alarm is not null ? $"ALARM: {one.Alarm}" : one.Note is not null ? $"Note: {one.Note}" : "decided again, it is allowed by the same permission");
            }

            if (Alarm is not null)
            {
                yield return $"ALARM: {Alarm}.";
            }
        }
    }
}
