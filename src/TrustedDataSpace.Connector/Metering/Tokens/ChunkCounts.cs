using System.Globalization;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>The tokens of retrieved data, chunk by chunk. What cannot be counted makes the whole unknown.</summary>
internal sealed class ChunkCounts(ChunkRule? rule)
{
    // More of anything never flows in one request.
    private const long MostCounted = 1L << 50;

    private readonly SortedDictionary<string, PartyTokens> parties = new(StringComparer.Ordinal);
    private long? tokens = 0;

    /// <summary>Tokens so far; null: not known.</summary>
    public long? Tokens => tokens;

    /// <summary>The same by party; null where nobody asks, or it is not known.</summary>
    public IReadOnlyList<PartyTokens>? ByParty => rule?.Party is null || tokens is null ? null : [.. parties.Values];

    /// <summary>A chunk.</summary>
    /// <param name="counted">Tokens of its text; null where it has none.</param>
    /// <param name="declared">What the product says they are; asked only where the contract names no text.</param>
    /// <param name="party">Whose it is; null where it does not say.</param>
    public void Add(long? counted, string? declared, string? party)
    {
        var count = rule?.Text is not null ? counted : long.TryParse(declared, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= MostCounted ? number : null;
        if (count is null || tokens is null || tokens > MostCounted || (rule?.Party is not null && (party is null || !rule.Parties.Contains(party))))
        {
            Lose();
            return;
        }

        tokens += count;
        if (rule?.Party is not null)
        {
            var before = parties.GetValueOrDefault(party!);
            parties[party!] = new PartyTokens(party!, (before?.Tokens ?? 0) + count.Value, (before?.Rows ?? 0) + 1);
        }
    }

    /// <summary>Something was delivered that cannot be counted.</summary>
    public void Lose() => tokens = null;
}
