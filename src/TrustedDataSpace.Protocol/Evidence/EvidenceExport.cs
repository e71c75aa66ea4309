using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// The whole log as a text file that anybody can verify offline: the format, the key, the signed checkpoint, and one line
/// for each entry with its index, leaf hash and canonical JSON.
/// </summary>
public static class EvidenceExport
{
    /// <summary>The first line of the file.</summary>
    public const string Format = "tds-evidence-export/1";

    /// <summary>The media type of the file.</summary>
    public const string MediaType = "text/plain; charset=utf-8";

    /// <summary>The longest line that is read, in bytes.</summary>
    public const int MaxLineLength = 1024 * 1024;

    /// <summary>The line of the first entry.</summary>
    internal const int FirstEntryLine = 8;

    /// <summary>Writes an export.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="checkpoint">The signed checkpoint; its origin is the name of the key.</param>
    /// <param name="key">The key that signed it.</param>
    /// <param name="entries">As many entries as the checkpoint counts, in the order of the log.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    public static async Task WriteAsync(
        Stream output, SignedCheckpoint checkpoint, PublicKey key, IAsyncEnumerable<EvidenceEntry> entries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(entries);
        if (checkpoint.Checkpoint.Origin != checkpoint.KeyName)
        {
            throw new ArgumentException("The origin must be the name of the key: else a changed origin could not be located.", nameof(checkpoint));
        }

        var named = new ExportKey(key.Thumbprint, checkpoint.KeyName, Convert.ToBase64String(key.ExportSpki()));
        var head = $"{Format}\n{Encoding.UTF8.GetString(CanonicalJson.Bytes(named))}\n{checkpoint.Text}";
        await output.WriteAsync(Encoding.UTF8.GetBytes(head), cancellationToken);
        var index = 0L;
        await foreach (var entry in entries.WithCancellation(cancellationToken))
        {
            var json = entry.CanonicalBytes();
            var start = string.Create(CultureInfo.InvariantCulture, $"{index} {Convert.ToBase64String(MerkleTree.LeafHash(json.Span))} ");
            await output.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(start), .. json.Span, (byte)'\n'], cancellationToken);
            index++;
        }
    }

    /// <summary>Verifies an export in constant memory. Every changed byte is found, and located to its line.</summary>
    /// <param name="input">The file.</param>
    /// <param name="pinned">The key that is expected; without it the file is only shown to be consistent in itself.</param>
    public static EvidenceVerification Verify(Stream input, PublicKey? pinned = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ExportVerifier(input, pinned).Run();
    }
}
