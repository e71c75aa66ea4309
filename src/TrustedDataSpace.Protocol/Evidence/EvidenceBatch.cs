using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>Entries of one source, signed together.</summary>
public sealed record EvidenceBatch
{
    /// <summary>The most entries in a batch.</summary>
    public const int MaxEntries = 1000;

    /// <summary>The identifier of the batch: the same batch sent twice is one batch.</summary>
    public required string Id { get; init; }

    /// <summary>The DID of the source.</summary>
    public required string Source { get; init; }

    /// <summary>The entries, in the order they happened.</summary>
    public required IReadOnlyList<EvidenceEntry> Entries { get; init; }

    /// <summary>The Merkle root over the entries, base64.</summary>
    public required string Root { get; init; }

    /// <summary>A JWS over identifier, source, count and root.</summary>
    public required string Signature { get; init; }

    /// <summary>Signs entries of one source.</summary>
    /// <exception cref="RefusalException">Malformed or TooLarge.</exception>
    public static EvidenceBatch Create(IReadOnlyList<EvidenceEntry> entries, SigningKey key, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        if (entries.Count == 0)
        {
            throw Malformed("A batch without entries proves nothing.", "entries");
        }

        var unsigned = new EvidenceBatch
        {
            Id = id ?? Guid.CreateVersion7().ToString(),
            Source = entries[0].Source,
            Entries = entries,
            Root = RootOf(entries),
            Signature = "",
        };
        unsigned.VerifyEntries();
        return unsigned with { Signature = Jws.Sign(CanonicalJson.Bytes(unsigned.Claims()), key, TokenTypes.EvidenceBatch) };
    }

    /// <summary>Checks the signature, the root, the number of entries and that all are of one source.</summary>
    /// <param name="keys">The keys of <see cref="Source"/>.</param>
    /// <exception cref="RefusalException">Names what does not fit.</exception>
    public void Verify(IReadOnlyCollection<PublicKey> keys)
    {
        VerifyEntries();
        if (Root != RootOf(Entries))
        {
            throw Malformed("The root of the batch is not that of its entries.", "root");
        }

        if (!Jws.Verify(Signature, keys, TokenTypes.EvidenceBatch).AsSpan().SequenceEqual(CanonicalJson.Bytes(Claims())))
        {
            throw new RefusalException(RefusalCode.Unauthenticated, "The signature is of another batch.") { Term = "signature" };
        }
    }

    private void VerifyEntries()
    {
        if (Entries.Count is 0 or > MaxEntries)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"A batch has 1 to {MaxEntries} entries, this one {Entries.Count}.")
            {
                Where = "entries",
                Remedy = "Send several batches.",
            };
        }

        // Nobody writes into the log in another's name.
        for (var i = 0; i < Entries.Count; i++)
        {
            if (Entries[i].Source != Source)
            {
                throw Malformed("All entries of a batch are of its source.", $"entries[{i}].source");
            }
        }
    }

    private BatchClaims Claims() => new(Id, Source, Entries.Count, Root);

    private static string RootOf(IReadOnlyList<EvidenceEntry> entries) =>
        Convert.ToBase64String(MerkleTree.Root([.. entries.Select(e => e.LeafHash())]));

    private static RefusalException Malformed(string message, string where) => new(RefusalCode.Malformed, message) { Where = where };
}

/// <summary>What the source of a batch signs.</summary>
internal sealed record BatchClaims(string Id, string Source, int Count, string Root);
