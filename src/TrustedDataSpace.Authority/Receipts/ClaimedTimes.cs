using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>
/// Whether use can have happened when it is claimed to: not before the agreement was signed, not after its term, not before its flow was started and
/// not after that had ended. Both parties may have signed it: it is a dispute all the same, for a person.
/// </summary>
internal static class ClaimedTimes
{
    /// <summary>Why not; null: nothing speaks against it.</summary>
    /// <param name="unit">Reads the log's index. What is not in the log yet says nothing: evidence may come later than the receipt.</param>
    /// <param name="filing">The agreement.</param>
    /// <param name="record">What is claimed.</param>
    public static string? Fault(UnitOfWork unit, FilingRow filing, UsageRecord record)
    {
        var agreement = filing.ToFiling().Agreement;
        if (!DateTimeOffset.TryParse(agreement.Timestamp, CultureInfo.InvariantCulture, out var signed))
        {
            return null;
        }

        if (record.To <= signed)
        {
            return $"it is claimed for {record.From:u}, before the agreement was signed at {signed:u}";
        }

        var (begin, end) = TermOf(agreement.Element, signed);
        if (record.To <= begin)
        {
            return $"it is claimed for {record.From:u}, before the term of the agreement begins at {begin:u}";
        }

        if (record.From >= end)
        {
            return $"it is claimed for {record.From:u}, after the term of the agreement ended at {end:u}";
        }

        var (started, ended) = LifeOf(unit, filing, record.Flow);
        if (record.To <= started)
        {
            return $"it is claimed for {record.From:u}, before its flow was started at {started:u}";
        }

        return record.From > ended ? $"it is claimed for {record.From:u}, after its flow had ended at {ended:u}" : null;
    }

    // Permissions are alternatives: the term lasts as long as that of the longest. Without a limit, or where the terms are not of this version, for ever.
    private static (DateTimeOffset Begin, DateTimeOffset End) TermOf(JsonElement agreement, DateTimeOffset signed)
    {
        try
        {
            var terms = AgreementCompiler.Compile(agreement).Document.GetProperty("permissions").EnumerateArray().Select(permission => TermOf(permission, signed.ToUnixTimeMilliseconds())).ToList();
            return (At(terms.Min(term => term.Begin)), At(terms.Max(term => term.End)));
        }
        catch (PolicyRefusedException)
        {
            return (DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        }
    }

    private static (long Begin, long End) TermOf(JsonElement permission, long signed)
    {
        var (begin, end) = (long.MinValue, long.MaxValue);
        foreach (var constraint in permission.GetProperty("constraints").EnumerateArray())
        {
            var left = constraint.GetProperty("left").GetString();
            if (left is not ("dateTime" or "elapsedTime") || !constraint.GetProperty("right").TryGetInt64(out var right))
            {
                continue;
            }

            // The connectors count from when they concluded it, which is a little later than the time in it: an interval is let pass.
            var limit = left == "dateTime" ? right : Math.Min(right, long.MaxValue / 2) + signed;
            if (constraint.GetProperty("op").GetString() is "lt" or "lteq")
            {
                end = Math.Min(end, left == "dateTime" ? limit : limit + (long)UsageInterval.Length.TotalMilliseconds);
            }
            else
            {
                begin = Math.Max(begin, limit);
            }
        }

        return (begin, end);
    }

    private static DateTimeOffset At(long milliseconds) =>
        milliseconds <= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() ? DateTimeOffset.MinValue
        : milliseconds >= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.MaxValue
        : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    // By the provider's own word in the log, whose transfer the flow is.
    private static (DateTimeOffset? Started, DateTimeOffset? Ended) LifeOf(UnitOfWork unit, FilingRow filing, string flow)
    {
        var steps = unit.Query<Step>(
            "SELECT kind AS Kind, time AS Time FROM audit_entries WHERE space_id = @Space AND process = @flow AND agreement = @Id AND source = @Provider",
            new { unit.Space, flow, filing.Id, filing.Provider });
        var started = steps.Where(step => step.Kind == EvidenceKinds.TransferStarted).Select(step => (long?)step.Time).Min();
        var ended = steps.Where(step => step.Kind is EvidenceKinds.TransferCompleted or EvidenceKinds.TransferTerminated).Select(step => (long?)step.Time).Max();
        return (started is { } first ? At(first) : null, ended is { } last ? At(last) : null);
    }

    private sealed class Step
    {
        public string Kind { get; init; } = "";

        public long Time { get; init; }
    }
}
