using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>
/// The flow-interval record: what one party counted in one interval (at most 60 s) of one flow. Provider and consumer each
/// write and sign their own; equal content settles.
/// </summary>
public sealed record UsageRecord
{
    /// <summary>The value of <see cref="Type"/>.</summary>
    public const string RecordType = "tds.usage.flow-interval";

    /// <summary>The value of <see cref="CountedBy"/>: the writer counted it itself.</summary>
    public const string Counted = "counted";

    /// <summary>The longest signed record, in characters: no use of 32 purposes by a <see cref="MeterRule"/> comes to more, and two of them fit into one request.</summary>
    public const int MaxSignedLength = 480 * 1024;

    /// <summary>The identifier its source gave it; with <see cref="Source"/> it tells records apart.</summary>
    public required string Id { get; init; }

    /// <summary>The DID of who counted.</summary>
    public required string Source { get; init; }

    /// <summary>What the record is.</summary>
    public string Type { get; init; } = RecordType;

    /// <summary>The agreement, from the flow and never from a header of the caller.</summary>
    public required string AgreementId { get; init; }

    /// <summary>The data product.</summary>
    public required string ProductId { get; init; }

    /// <summary>The DID of the provider.</summary>
    public required string ProviderId { get; init; }

    /// <summary>The DID of the consumer.</summary>
    public required string ConsumerId { get; init; }

    /// <summary>The flow.</summary>
    public required string Flow { get; init; }

    /// <summary>The number of the interval in the flow.</summary>
    public required long Interval { get; init; }

    /// <summary>The beginning of the interval.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The end of the interval.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>The counts, sorted by purpose and outcome, as <see cref="UsageSum"/> makes them.</summary>
    public required IReadOnlyList<UsageCounts> Counts { get; init; }

    /// <summary>How many leaves lie under the root.</summary>
    public required long Leaves { get; init; }

    /// <summary>The Merkle root over the leaves in order of their sequence, base64.</summary>
    public required string LeafRoot { get; init; }

    /// <summary>The tokenizer of the token counts; null where the contract counts none.</summary>
    public string? TokenizerId { get; init; }

    /// <summary>Its version.</summary>
    public string? TokenizerVersion { get; init; }

    /// <summary>Whether the writer counted or only repeats what the source declared.</summary>
    public string CountedBy { get; init; } = Counted;

    /// <summary>The canonical bytes of all that both parties must agree on: everything but identifier and source.</summary>
    public byte[] Content()
    {
        var content = (JsonObject)JsonSerializer.SerializeToNode(this, ProtocolJson.Options)!;
        content.Remove("id");
        content.Remove("source");
        return CanonicalJson.Bytes(content);
    }

    /// <summary>Whether the other party's record says the same.</summary>
    public bool Matches(UsageRecord other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Content().AsSpan().SequenceEqual(other.Content());
    }

    /// <summary>Refuses a record whose numbers cannot be: another party wrote it.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public UsageRecord RequireSound()
    {
        Require(Interval >= 0 && Interval < UsageInterval.End, "interval", "there is no interval of that number");
        Require(From == UsageInterval.Start(Interval) && To == UsageInterval.Start(Interval + 1), "interval", "its times are not those of its interval");
        Require(Counts.All(c => c.Requests >= 0 && c.Rows >= 0 && c.Bytes >= 0 && !(c.TokensIn < 0) && !(c.TokensCached < 0) && !(c.TokensOut < 0) && !(c.TokensData < 0)), "counts", "a count is negative");
        Require(!Counts.Any(c => c.TokensCached > c.TokensIn), "counts", "more tokens came from a cache than there were");
        Require(Counts.All(c => PartyTokens.AddUp(c.TokensDataBy, c.TokensData)), "counts", "the tokens of the parties do not add up to those of all retrieved data");
        Require(Counts.DistinctBy(c => (c.Purpose, c.Outcome)).Count() == Counts.Count, "counts", "a purpose has two counts of one outcome");
        Require(Leaves >= 0 && LeafRoot.Length is > 0 and <= 64, "leaves", "it has no root over its leaves");
        Require(Id.Length is > 0 and <= 512, "id", "its identifier has 1 to 512 characters");
        return this;
    }

    private static void Require(bool holds, string term, string why)
    {
        if (!holds)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The usage record is refused: {why}.") { Term = term };
        }
    }

    /// <summary>Signs the record as JWS.</summary>
    public string Sign(SigningKey key) => Jws.Sign(CanonicalJson.Bytes(this), key, TokenTypes.Usage);

    /// <summary>Verifies a signed record and reads it; the caller checks that its source is the one the keys belong to.</summary>
    /// <exception cref="RefusalException">Unauthenticated, TooLarge, Malformed or Unsupported.</exception>
    public static UsageRecord Verify(string jws, IReadOnlyCollection<PublicKey> keys)
    {
        var record = ProtocolJson.Read<UsageRecord>(Jws.Verify(jws, keys, TokenTypes.Usage, MaxSignedLength));
        return record.Type == RecordType
            ? record
            : throw new RefusalException(RefusalCode.Unsupported, $"The usage record is not of type {RecordType}.") { Where = "$.type" };
    }
}
