using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;

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

    /// <summary>A chunk, by its text or by its number of tokens; null where it has none.</summary>
    public void Add(string? text, string? declared, string? party)
    {
        var count = rule?.Text is not null
            ? (text is null ? null : (long?)Tokenizer.BuiltIn.Count(text))
            : long.TryParse(declared, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number <= MostCounted ? number : null;
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
