using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>A partial tile may have become a full one, of which it is the beginning.</summary>
internal static class PartialTile
{
    /// <summary>The beginning of the full tile that is as wide as the partial one; null when the full one is not so wide.</summary>
    /// <exception cref="InvalidDataException">The bundle of entries is torn.</exception>
    public static byte[]? Of(TilePath tile, byte[] full)
    {
        var length = tile.Level == TilePath.Entries ? EntryBundle.Read(full).Take(tile.Width).Sum(entry => 2 + entry.Length) : tile.Width * MerkleTree.HashLength;
        return length <= full.Length ? full[..length] : null;
    }
}
