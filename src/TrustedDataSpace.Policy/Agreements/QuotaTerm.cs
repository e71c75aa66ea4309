using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>One quota of a contract.</summary>
/// <param name="Counter">Name of the counter that decisions read in <c>input.usage</c>: <c>count</c>, <c>bytes</c>, <c>count/P1D@Asia/Shanghai</c>.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Limit">Highest value that is allowed, the use in question included.</param>
/// <param name="Period">ISO 8601 duration after which it counts anew, such as <c>P1D</c>; null: in total.</param>
/// <param name="Zone">IANA name of the time zone in which periods begin; null without a period.</param>
public sealed partial record QuotaTerm(string Counter, QuotaUnit Unit, long Limit, string? Period, string? Zone)
{
    /// <summary>The counter of a prepaid balance: 0 where it covers the use in question, else 1.</summary>
    public const string Prepaid = "prepaid";

    private readonly QuotaPeriod? period = Period is null
        ? null
        : QuotaPeriod.TryParse(Period, Zone) ?? throw new ArgumentException($"'{Period}' in '{Zone}' is no period of a quota: {QuotaPeriod.Accepted}.", nameof(Period));

    /// <summary>Whether a request adds one to it.</summary>
    public bool CountsRequests => Unit is QuotaUnit.Count or QuotaUnit.Frequency or QuotaUnit.Concurrency;

    /// <summary>The period in which a moment lies.</summary>
    /// <returns>A number that is another one in each period and grows (seconds since 1970 of its start), its start, and its end, which is not included. A total is one period without end.</returns>
    public (long Number, DateTimeOffset Start, DateTimeOffset End) PeriodAt(DateTimeOffset now)
    {
        if (period is null)
        {
            return (0, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        }

        var (start, end) = period.At(now);
        return (start.ToUnixTimeSeconds(), start, end);
    }

    /// <summary>The name of a counter.</summary>
    public static string CounterOf(QuotaUnit unit, string? period, string? zone) => period is null ? Word(unit) : $"{Word(unit)}/{period}@{zone}";

    /// <summary>Reads the right operand of a quota: <c>100</c>, <c>100/P1D@Asia/Shanghai</c> or, for parts of a day, <c>100/PT1M</c>; null: not one.</summary>
    internal static QuotaTerm? TryRead(QuotaUnit unit, string op, string text)
    {
        if (Pattern().Match(text) is not { Success: true } match
            || !long.TryParse(match.Groups["limit"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        var period = match.Groups["period"] is { Success: true, Value: var name } ? name : null;
        var zone = period is null ? null : match.Groups["zone"] is { Success: true, Value: var place } ? place : IsPartOfDay(period) ? "UTC" : null;
        var fits = unit switch
        {
            QuotaUnit.Concurrency => period is null,
            QuotaUnit.Frequency => period is not null,
            _ => true,
        };
        return fits && (period is null || QuotaPeriod.TryParse(period, zone) is not null)
            ? new QuotaTerm(CounterOf(unit, period, zone), unit, op == "lt" ? value - 1 : value, period, zone)
            : null;
    }

    /// <summary>The term behind a compiled constraint; null when it is no quota.</summary>
    internal static QuotaTerm? Of(JsonElement constraint)
    {
        var left = constraint.GetProperty("left").GetString();
        if (left is not ("count" or "quota"))
        {
            return null;
        }

        var value = constraint.GetProperty("right").GetInt64();
        var limit = constraint.GetProperty("op").ValueEquals("lt") ? value - 1 : value;
        var counter = left == "count" ? left : constraint.GetProperty("of").GetString()!;
        var parts = CounterPattern().Match(counter);
        var unit = Enum.GetValues<QuotaUnit>().Single(unit => Word(unit) == parts.Groups["unit"].Value);
        return parts.Groups["period"].Success
            ? new QuotaTerm(counter, unit, limit, parts.Groups["period"].Value, parts.Groups["zone"].Value)
            : new QuotaTerm(counter, unit, limit, null, null);
    }

    private static bool IsPartOfDay(string period) => period.StartsWith("PT", StringComparison.Ordinal);

    private static string Word(QuotaUnit unit) => unit switch
    {
        QuotaUnit.Count => "count",
        QuotaUnit.Bytes => "bytes",
        QuotaUnit.Rows => "rows",
        QuotaUnit.Seconds => "seconds",
        QuotaUnit.Tokens => "tokens",
        QuotaUnit.Concurrency => "concurrency",
        QuotaUnit.Frequency => "frequency",
        QuotaUnit.Money => Prepaid,
        _ => throw new ArgumentOutOfRangeException(nameof(unit)),
    };

    [GeneratedRegex(@"^(?<limit>[0-9]{1,19})(?:/(?<period>P[0-9A-Z]+)(?:@(?<zone>[A-Za-z0-9_+\-/]+))?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^(?<unit>[a-z]+)(?:/(?<period>P[0-9A-Z]+)@(?<zone>.+))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex CounterPattern();
}

/// <summary>The quotas of a contract.</summary>
public static class QuotaTerms
{
    /// <summary>All quotas of all permissions of a compiled agreement, each once, in the order of the document. Permissions are alternatives: one counter may have several limits.</summary>
    /// <param name="compiledDocument">What <see cref="AgreementCompiler"/> made.</param>
    public static IReadOnlyList<QuotaTerm> Of(JsonElement compiledDocument) =>
    [
        .. compiledDocument.GetProperty("permissions").EnumerateArray()
            .SelectMany(rule => rule.GetProperty("constraints").EnumerateArray())
            .Select(QuotaTerm.Of)
            .OfType<QuotaTerm>()
            .Distinct(),
    ];
}
