using System.Runtime.InteropServices;
using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>What a member has signed over its entries, as the log keeps it.</summary>
/// <param name="First">The index of the first entry in the log.</param>
/// <param name="Count">How many entries of the batch stand there, side by side.</param>
/// <param name="Rest">The leaf hashes of the batch's other entries, which were in the log before or came again later; base64.</param>
/// <param name="Source">The DID of the member.</param>
/// <param name="Root">The Merkle root over all entries of the batch, base64.</param>
/// <param name="Signature">The JWS of the batch.</param>
public sealed record LoggedBatch(long First, int Count, IReadOnlyList<string> Rest, string Source, string Root, string Signature)
{
    /// <summary>A batch of which the first <paramref name="count"/> entries were added.</summary>
    public static LoggedBatch Of(EvidenceBatch batch, long first, int count, IEnumerable<byte[]> rest)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new LoggedBatch(first, count, [.. rest.Select(Convert.ToBase64String)], batch.Source, batch.Root, batch.Signature);
    }

    /// <summary>Reads a line.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static LoggedBatch Read(string line) => ProtocolJson.Read<LoggedBatch>(Encoding.UTF8.GetBytes(line));

    /// <summary>Canonical JSON, without a line feed.</summary>
    public string ToLine() => Encoding.UTF8.GetString(CanonicalJson.Bytes(this));

    /// <summary>Checks that the member has signed exactly these entries.</summary>
    /// <param name="leafHashes">The leaf hashes of the entries from <see cref="First"/> on.</param>
    /// <param name="keys">The keys of <see cref="Source"/>.</param>
    /// <exception cref="RefusalException">Malformed or Unauthenticated.</exception>
    public void Verify(IReadOnlyList<byte[]> leafHashes, IReadOnlyCollection<PublicKey> keys)
    {
        ArgumentNullException.ThrowIfNull(leafHashes);
        var signer = new BatchKeys(keys);
        Verify([.. leafHashes.SelectMany(hash => hash)], signer);
    }

    /// <summary>The same, for very many batches.</summary>
    /// <param name="leafHashes">One behind the other; they are used up.</param>
    /// <param name="keys">The keys of <see cref="Source"/>.</param>
    internal void Verify(List<byte> leafHashes, BatchKeys keys)
    {
        foreach (var other in Rest)
        {
            leafHashes.AddRange(StrictBase64.TryDecode(other, out var hash) && hash.Length == MerkleTree.HashLength ? hash : throw new RefusalException(RefusalCode.Malformed, "a hash of its other entries is none"));
        }

        if (Convert.ToBase64String(MerkleTree.Root(CollectionsMarshal.AsSpan(leafHashes))) != Root)
        {
            throw new RefusalException(RefusalCode.Malformed, "the entries do not have the root that their source has signed");
        }

        var claims = ProtocolJson.Read<BatchClaims>(keys.Verify(Signature));
        if (claims.Source != Source || claims.Root != Root || claims.Count != Count + Rest.Count)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, "the signature is of another batch");
        }
    }
}
