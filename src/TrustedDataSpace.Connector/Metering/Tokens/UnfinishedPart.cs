namespace TrustedDataSpace.Connector.Metering.Tokens;

/// <summary>
/// What has come of an event, a record or a chunk that is not whole yet. Its tokens are known when it is; until then it has no more of them than
/// bytes, unless the product itself says how many they are.
/// </summary>
/// <param name="Bytes">Bytes of it, as they came.</param>
/// <param name="IsDeclared">Whether the product says how many tokens it has: then the bytes tell nothing.</param>
internal readonly record struct UnfinishedPart(long Bytes, bool IsDeclared)
{
    /// <summary>Most bytes that wait until it is whole.</summary>
    public const int Longest = EventLines.LargestEvent;

    // More of anything never flows in one request.
    private const long MostDeclared = 1L << 50;

    /// <summary>The most tokens that it can have.</summary>
    public long MostTokens => Bytes == 0 ? 0 : IsDeclared ? MostDeclared : Bytes;
}
