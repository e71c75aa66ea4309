using System.Globalization;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>The head of a log (C2SP tlog-checkpoint).</summary>
/// <param name="Origin">The name of the log.</param>
/// <param name="Size">The number of its entries.</param>
/// <param name="Root">The Merkle root over them, base64.</param>
public sealed record Checkpoint(string Origin, long Size, string Root)
{
    /// <summary>The root as bytes.</summary>
    public byte[] RootHash() => Convert.FromBase64String(Root);

    /// <summary>The three lines that are signed, each with its line feed.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root}\n");

    /// <summary>Reads the three lines. Extension lines, which the format would allow, are not used here and are refused.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static Checkpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.Split('\n');
        return lines is [{ Length: > 0 } origin, var size, var root, ""] && TryParseSize(size, out var number) && IsRoot(root)
            ? new Checkpoint(origin, number, root)
            : throw new RefusalException(RefusalCode.Malformed, "This is not a checkpoint: origin, size and root hash, each on its line.");
    }

    internal static bool TryParseSize(string text, out long size) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size.ToString(CultureInfo.InvariantCulture) == text;

    internal static bool IsRoot(string text) => StrictBase64.TryDecode(text, out var bytes) && bytes.Length == MerkleTree.HashLength;
}
