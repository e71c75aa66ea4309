using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>What a price can be put on: the counts that both parties' usage records hold.</summary>
public static class PriceMeters
{
    /// <summary>Rows delivered. The contract must count them, by its <see cref="MeterRule"/>.</summary>
    public const string Rows = "rows";

    /// <summary>Requests.</summary>
    public const string Requests = "requests";

    /// <summary>Bytes of body delivered.</summary>
    public const string Bytes = "bytes";

    /// <summary>AI tokens of input that did not come from a cache: all input less <see cref="TokensCached"/>.</summary>
    public const string TokensIn = "tokensIn";

    /// <summary>AI tokens of input that came from a cache.</summary>
    public const string TokensCached = "tokensCached";

    /// <summary>AI tokens of output.</summary>
    public const string TokensOut = "tokensOut";

    /// <summary>AI tokens of retrieved data.</summary>
    public const string TokensData = "tokensData";

    internal static IReadOnlyList<string> All { get; } = [Rows, Requests, Bytes, TokensIn, TokensCached, TokensOut, TokensData];

    internal static bool IsTokens(string meter) => meter is TokensIn or TokensCached or TokensOut or TokensData;

    /// <summary>Whether a contract with that rule counts such tokens: rows have no input and no output, and embeddings nothing but input.</summary>
    internal static bool IsCounted(MeterRule? rule, string meter) => rule is { Unit: MeterRule.Token } && meter switch
    {
        TokensIn or TokensCached => rule.IsOfCalls,
        TokensOut => rule.IsOfCalls && rule.Format != MeterRule.Embeddings,
        _ => rule.Chunks is not null,
    };

    /// <summary>
    /// The outcomes that a component bills when it names none. A cut bills what was delivered until then; half a request is no
    /// request, so a component on requests bills a cut only when it says so.
    /// </summary>
    internal static IReadOnlyList<string> OutcomesBilled(string meter) =>
        meter == Requests ? [UsageOutcomes.Ok] : [UsageOutcomes.Ok, UsageOutcomes.Cut];

    /// <summary>The units of a meter; null where they are not known, which is not the same as none.</summary>
    internal static long? Of(UsageCounts counts, string meter) => meter switch
    {
        Rows => counts.Rows,
        Requests => counts.Requests,
        Bytes => counts.Bytes,
        TokensIn => counts.TokensIn - counts.TokensCached,
        TokensCached => counts.TokensCached,
        TokensOut => counts.TokensOut,
        TokensData => counts.TokensData,
        _ => throw new ArgumentOutOfRangeException(nameof(meter), meter, "A plan that was read has no other meter."),
    };
}
