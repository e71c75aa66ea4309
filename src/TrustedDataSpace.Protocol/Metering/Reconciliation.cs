namespace TrustedDataSpace.Protocol.Metering;

/// <summary>Holds the two records of one interval of one flow side by side. Whoever does it, connector or authority, comes to the same.</summary>
public static class Reconciliation
{
    /// <summary>Compares; chooses nothing that the contract does not name.</summary>
    /// <param name="provider">The provider's record, verified.</param>
    /// <param name="consumer">The consumer's record of the same interval and flow, verified.</param>
    /// <param name="tolerance">That of the contract, or null.</param>
    public static Reconciled Of(UsageRecord provider, UsageRecord consumer, ToleranceRule? tolerance)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(consumer);
        if (provider.Matches(consumer))
        {
            return new Reconciled(ReceiptStates.Settled, provider, []);
        }

        var pairs = Pairs(provider.Counts, consumer.Counts);
        var differences = pairs.SelectMany(pair => Meters(pair.Provider, pair.Consumer)).Where(count => count.Provider != count.Consumer).ToList();
        return tolerance is not null && SameSubject(provider, consumer) && differences.TrueForAll(count => count is { Provider: { } one, Consumer: { } other } && tolerance.Covers(one, other))
            ? new Reconciled(ReceiptStates.Tolerated, Lower(provider, consumer), differences)
            : new Reconciled(ReceiptStates.Disputed, null, differences);
    }

    /// <summary>The provider's record with the lower of each two counts; what only one side has counted, or knows, is counted as nothing.</summary>
    public static UsageRecord Lower(UsageRecord provider, UsageRecord consumer)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(consumer);
        return provider with { Counts = [.. Pairs(provider.Counts, consumer.Counts).Select(pair => Lower(pair.Provider, pair.Consumer)).Where(IsSomething)] };
    }

    // Whatever the tolerance: it is about counts, not about whose use of what it was.
    private static bool SameSubject(UsageRecord one, UsageRecord other) =>
        (one with { Id = "", Source = "", Counts = [], Leaves = 0, LeafRoot = "" }).Matches(other with { Id = "", Source = "", Counts = [], Leaves = 0, LeafRoot = "" });

    private static List<(UsageCounts Provider, UsageCounts Consumer)> Pairs(IReadOnlyList<UsageCounts> provider, IReadOnlyList<UsageCounts> consumer)
    {
        var (ones, others) = (provider.ToDictionary(Key), consumer.ToDictionary(Key));
        return
        [
            .. ones.Keys.Union(others.Keys).OrderBy(key => key.Purpose, StringComparer.Ordinal).ThenBy(key => key.Outcome, StringComparer.Ordinal)
                .Select(key => (ones.GetValueOrDefault(key) ?? None(others[key]), others.GetValueOrDefault(key) ?? None(ones[key]))),
        ];
    }

    private static (string Purpose, string Outcome) Key(UsageCounts counts) => (counts.Purpose, counts.Outcome);

    // Who has counted nothing has counted no token either, where the other side has counted tokens.
    private static UsageCounts None(UsageCounts other) => other with
    {
        Requests = 0,
        Rows = 0,
        Bytes = 0,
        TokensIn = other.TokensIn is null ? null : 0,
        TokensCached = other.TokensCached is null ? null : 0,
        TokensOut = other.TokensOut is null ? null : 0,
        TokensData = other.TokensData is null ? null : 0,
        TokensDataBy = other.TokensDataBy is null ? null : [],
        DeclaredIn = other.DeclaredIn is null ? null : 0,
        DeclaredOut = other.DeclaredOut is null ? null : 0,
    };

    private static IEnumerable<CountDifference> Meters(UsageCounts provider, UsageCounts consumer)
    {
        CountDifference Of(string meter, long? one, long? other) => new(provider.Purpose, provider.Outcome, meter, one, other);
        yield return Of("requests", provider.Requests, consumer.Requests);
        yield return Of("rows", provider.Rows, consumer.Rows);
        yield return Of("bytes", provider.Bytes, consumer.Bytes);
        yield return Of("tokensIn", provider.TokensIn, consumer.TokensIn);
        yield return Of("tokensCached", provider.TokensCached, consumer.TokensCached);
        yield return Of("tokensOut", provider.TokensOut, consumer.TokensOut);
        yield return Of("tokensData", provider.TokensData, consumer.TokensData);
        yield return Of("declaredIn", provider.DeclaredIn, consumer.DeclaredIn);
        yield return Of("declaredOut", provider.DeclaredOut, consumer.DeclaredOut);
        foreach (var party in (provider.TokensDataBy ?? []).Concat(consumer.TokensDataBy ?? []).Select(part => part.Party).Distinct(StringComparer.Ordinal))
        {
            yield return Of("tokensData of " + party, PartOf(provider, party)?.Tokens, PartOf(consumer, party)?.Tokens);
            yield return Of("rows of " + party, PartOf(provider, party)?.Rows, PartOf(consumer, party)?.Rows);
        }
    }

    // Whose data it is not counted, where nobody's is known.
    private static PartyTokens? PartOf(UsageCounts counts, string party) =>
        counts.TokensDataBy is not { } parts ? null : parts.FirstOrDefault(part => part.Party == party) ?? new PartyTokens(party, 0, 0);

    private static UsageCounts Lower(UsageCounts one, UsageCounts other)
    {
        var parts = Lower(one.TokensDataBy, other.TokensDataBy);
        return one with
        {
            Requests = Math.Min(one.Requests, other.Requests),

            // Whose data it is adds up to how much it is: else nobody could be billed for the rest.
            Rows = parts is not null && RowsAddUp(one) && RowsAddUp(other) ? parts.Sum(part => part.Rows) : Math.Min(one.Rows, other.Rows),
            Bytes = Math.Min(one.Bytes, other.Bytes),
            TokensIn = Lower(one.TokensIn, other.TokensIn),
            TokensCached = Lower(one.TokensCached, other.TokensCached),
            TokensOut = Lower(one.TokensOut, other.TokensOut),
            TokensData = parts is null ? Lower(one.TokensData, other.TokensData) : parts.Sum(part => part.Tokens),
            TokensDataBy = parts,
            DeclaredIn = Lower(one.DeclaredIn, other.DeclaredIn),
            DeclaredOut = Lower(one.DeclaredOut, other.DeclaredOut),
        };
    }

    // What a party has on one side only counts as nothing.
    private static List<PartyTokens>? Lower(IReadOnlyList<PartyTokens>? ones, IReadOnlyList<PartyTokens>? others) => ones is null || others is null ? null :
    [
        .. ones.Join(others, part => part.Party, part => part.Party, (one, other) => new PartyTokens(one.Party, Math.Min(one.Tokens, other.Tokens), Math.Min(one.Rows, other.Rows)), StringComparer.Ordinal)
            .Where(part => part.Tokens > 0 || part.Rows > 0)
            .OrderBy(part => part.Party, StringComparer.Ordinal),
    ];

    // Chunks of a call are no rows of it.
    private static bool RowsAddUp(UsageCounts counts) => counts.TokensDataBy!.Sum(part => (decimal)part.Rows) == counts.Rows;

    private static long? Lower(long? one, long? other) => one is null || other is null ? null : Math.Min(one.Value, other.Value);

    private static bool IsSomething(UsageCounts counts) => counts.Requests > 0 || counts.Rows > 0 || counts.Bytes > 0;
}

/// <summary>What comes of two records.</summary>
/// <param name="State">One of <see cref="ReceiptStates"/>: settled, tolerated or disputed.</param>
/// <param name="Record">What settles; null while it is disputed.</param>
/// <param name="Differences">The counts that differ. None, where only the leaves under equal sums do.</param>
public sealed record Reconciled(string State, UsageRecord? Record, IReadOnlyList<CountDifference> Differences);

/// <summary>A count that the two sides give differently.</summary>
/// <param name="Purpose">The purpose.</param>
/// <param name="Outcome">One of <see cref="UsageOutcomes"/>.</param>
/// <param name="Meter">Requests, rows, bytes or a kind of tokens, as the fields of <see cref="UsageCounts"/> are called in JSON.</param>
/// <param name="Provider">The provider's; null: not known to it.</param>
/// <param name="Consumer">The consumer's; null: not known to it.</param>
public sealed record CountDifference(string Purpose, string Outcome, string Meter, long? Provider = null, long? Consumer = null);

/// <summary>How the use of an interval of a flow stands.</summary>
public static class ReceiptStates
{
    /// <summary>Both have signed the same.</summary>
    public const string Settled = "settled";

    /// <summary>They differ by no more than the contract names: the lower counts settle.</summary>
    public const string Tolerated = "tolerated";

    /// <summary>They differ, or one has not signed: nothing settles until that is resolved.</summary>
    public const string Disputed = "disputed";

    /// <summary>A dispute is over.</summary>
    public const string Resolved = "resolved";
}
