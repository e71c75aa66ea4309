using System.Globalization;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>One bundle of entries against its tile of hashes.</summary>
/// <param name="Path">The bundle.</param>
/// <param name="Hashes">Leaf hashes of the entries, as computed, one behind the other.</param>
/// <param name="Sources">Who says each entry.</param>
/// <param name="Faults">What is wrong.</param>
public sealed record BundleTile(TilePath Path, ReadOnlyMemory<byte> Hashes, IReadOnlyList<string> Sources, IReadOnlyList<LogFault> Faults)
{
    /// <summary>How many entries were read.</summary>
    public int Count => Sources.Count;

    /// <summary>The root over a full tile; null for another one.</summary>
    public byte[]? Root { get; private init; }

    /// <summary>The leaf hash of an entry.</summary>
    public ReadOnlySpan<byte> Hash(int entry) => Hashes.Span.Slice(entry * MerkleTree.HashLength, MerkleTree.HashLength);

    /// <summary>Reads and compares a bundle.</summary>
    public static BundleTile Read(TilePath path, Func<TilePath, byte[]?> read)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(read);
        var hashesPath = path with { Level = 0 };
        var faults = new List<LogFault>();
        if (read(path) is not { } bundle)
        {
            return new BundleTile(path, default, [], [new LogFault(path.ToString(), "it is missing")]);
        }

        var tile = read(hashesPath);
        if (tile?.Length != path.Width * MerkleTree.HashLength)
        {
            faults.Add(new LogFault(hashesPath.ToString(), tile is null ? "it is missing" : $"it has {tile.Length} bytes where {path.Width * MerkleTree.HashLength} should be"));
            tile = null;
        }

        IReadOnlyList<ReadOnlyMemory<byte>> entries;
        try
        {
            entries = EntryBundle.Read(bundle);
        }
        catch (InvalidDataException torn)
        {
            return new BundleTile(path, default, [], [.. faults, new LogFault(path.ToString(), torn.Message)]);
        }

        var (hashes, sources) = (MerkleTree.LeafHashes(entries), new List<string>(entries.Count));
        for (var i = 0; i < entries.Count; i++)
        {
            var hash = hashes.AsSpan(i * MerkleTree.HashLength, MerkleTree.HashLength);
            var fault = tile is not null && i < path.Width && !tile.AsSpan(i * MerkleTree.HashLength, MerkleTree.HashLength).SequenceEqual(hash)
                ? $"it does not have the hash that stands in {hashesPath}"
                : null;
            var (source, canonical) = Inspect(entries[i].Span, sources.Count == 0 ? "" : sources[^1]);
            sources.Add(source);
            if ((fault ?? canonical) is { } message)
            {
                faults.Add(new LogFault(string.Create(CultureInfo.InvariantCulture, $"{path} entry {i} (index {(path.Index * TilePath.FullWidth) + i})"), message));
            }
        }

        if (entries.Count != path.Width)
        {
            faults.Add(new LogFault(path.ToString(), $"it has {entries.Count} entries where {path.Width} should be"));
        }

        return new BundleTile(path, hashes, sources, faults) { Root = path.IsFull && entries.Count == path.Width ? TileTree.Join(hashes) : null };
    }

    // Most entries come beside others of the same source: its name is made once.
    private static (string Source, string? Fault) Inspect(ReadOnlySpan<byte> json, string before)
    {
        if (EntryScan.TryRead(json, out var name))
        {
            Span<char> text = stackalloc char[256];
            return Encoding.UTF8.TryGetChars(name, text, out var length) && text[..length].SequenceEqual(before) ? (before, null) : (Encoding.UTF8.GetString(name), null);
        }

        try
        {
            var entry = ProtocolJson.Parse(json);
            var source = entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("source", out var member) && member.ValueKind == JsonValueKind.String ? member.GetString()! : "";
            return (source, source.Length == 0 ? "it has no source" : CanonicalJson.Bytes(entry).AsSpan().SequenceEqual(json) ? null : "it is not in canonical JSON");
        }
        catch (RefusalException failure)
        {
            return ("", failure.Message);
        }
    }
}
