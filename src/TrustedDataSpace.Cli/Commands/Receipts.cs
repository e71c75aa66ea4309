using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>Checks receipts of the evidence log without asking anybody.</summary>
internal static class Receipts
{
    /// <summary>Checks the signature under the checkpoint, and that the entry stands under its root.</summary>
    /// <param name="receipt">The receipt.</param>
    /// <param name="trusted">Keys of the log that the caller trusts; none: the receipt's own counts.</param>
    /// <returns>The key that has signed.</returns>
    /// <exception cref="RefusalException">It does not hold.</exception>
    public static PublicKey Verify(EntryReceipt receipt, IReadOnlyList<PublicKey> trusted)
    {
        var key = PublicKey.FromJwk(receipt.Key);
        if (trusted.Count > 0 && trusted.All(one => one.Thumbprint != key.Thumbprint))
        {
            throw new RefusalException(RefusalCode.Malformed, $"The receipt is under the key {key.Thumbprint}, which is none of those given.") { Where = "key" };
        }

        var head = SignedCheckpoint.Verify(receipt.Checkpoint, key).Checkpoint;
        return receipt.Proof.Size == head.Size && receipt.Proof.Verify(receipt.Entry.LeafHash(), head.RootHash())
            ? key
            : throw new RefusalException(RefusalCode.Malformed, "The entry is NOT proven to stand under that checkpoint.") { Where = "proof" };
    }
}
