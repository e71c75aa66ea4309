using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>
/// The AI tokens of one use, or of several. Null is not known, which is not the same as none: a sum with something unknown in it is unknown.
/// </summary>
public sealed record TokenCounts
{
    /// <summary>Tokens of nothing: an answer with nothing to deliver.</summary>
    public static TokenCounts None { get; } = new() { In = 0, Cached = 0, Out = 0, Data = 0 };

    /// <summary>Input, counted from the text of the request.</summary>
    public long? In { get; init; }

    /// <summary>Input that came from a cache, as the source declares it: a part of <see cref="In"/> and never more. What it does not declare came from none.</summary>
    public long? Cached { get; init; }

    /// <summary>Output, counted from the text that was delivered.</summary>
    public long? Out { get; init; }

    /// <summary>Retrieved data that was delivered.</summary>
    public long? Data { get; init; }

    /// <summary>The same by party, sorted by name; null where the contract does not ask whose data it is.</summary>
    public IReadOnlyList<PartyTokens>? DataBy { get; init; }

    /// <summary>Input as the source's own <c>usage</c> declares it: kept beside the count, and never billed.</summary>
    public long? DeclaredIn { get; init; }

    /// <summary>Output as the source's own <c>usage</c> declares it: kept beside the count, and never billed.</summary>
    public long? DeclaredOut { get; init; }

    /// <summary>The sum; null where either is not known at all.</summary>
    /// <exception cref="OverflowException">A sum is beyond 2^63.</exception>
    public static TokenCounts? Sum(TokenCounts? one, TokenCounts? other) => one is null || other is null ? null : checked(new TokenCounts
    {
        In = one.In + other.In,
        Cached = one.Cached + other.Cached,
        Out = one.Out + other.Out,
        Data = one.Data + other.Data,
        DataBy = PartyTokens.Sum(one.DataBy, other.DataBy),
        DeclaredIn = one.DeclaredIn + other.DeclaredIn,
        DeclaredOut = one.DeclaredOut + other.DeclaredOut,
    });

    /// <summary>The canonical form (RFC 8785).</summary>
    public string Canonical() => System.Text.Encoding.UTF8.GetString(CanonicalJson.Bytes(this));

    /// <summary>Whether both say the same, null included.</summary>
    public static bool AreSame(TokenCounts? one, TokenCounts? other) => one?.Canonical() == other?.Canonical();
}

/// <summary>Retrieved data of one party.</summary>
/// <param name="Party">Whose data it is, as the contract names it.</param>
/// <param name="Tokens">AI tokens of it.</param>
/// <param name="Rows">Chunks, or rows, of it.</param>
public sealed record PartyTokens(string Party, long Tokens, long Rows)
{
    /// <summary>Whether the parties, each named once, have what is counted in all; where nobody asks whose it is, anything adds up.</summary>
    public static bool AddUp(IReadOnlyList<PartyTokens>? parties, long? tokens) => parties is null || (parties.Count <= ChunkRule.MostParties
        && parties.All(part => part is { Party.Length: > 0 and <= ChunkRule.LongestName, Tokens: >= 0, Rows: >= 0 })
        && parties.DistinctBy(part => part.Party).Count() == parties.Count
        && parties.Sum(part => (decimal)part.Tokens) == tokens);

    internal static IReadOnlyList<PartyTokens>? Sum(IReadOnlyList<PartyTokens>? one, IReadOnlyList<PartyTokens>? other) => one is null || other is null ? null :
    [
        .. one.Concat(other).GroupBy(part => part.Party, StringComparer.Ordinal).OrderBy(part => part.Key, StringComparer.Ordinal)
            .Select(part => new PartyTokens(part.Key, part.Aggregate(0L, (sum, next) => checked(sum + next.Tokens)), part.Aggregate(0L, (sum, next) => checked(sum + next.Rows)))),
    ];
}
