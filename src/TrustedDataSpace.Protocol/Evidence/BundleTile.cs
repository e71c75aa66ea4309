using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>One bundle of entries against its tile of hashes.</summary>
/// <param name="Path">The bundle.</param>
/// <param name="Hashes">Leaf hashes of the entries, as computed.</param>
/// <param name="Sources">Who says each entry.</param>
/// <param name="Faults">What is wrong.</param>
public sealed record BundleTile(TilePath Path, IReadOnlyList<byte[]> Hashes, IReadOnlyList<string> Sources, IReadOnlyList<LogFault> Faults)
{
    /// <summary>Reads and compares a bundle.</summary>
    public static BundleTile Read(TilePath path, Func<TilePath, byte[]?> read)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(read);
        var hashesPath = path with { Level = 0 };
        var (hashes, sources, faults) = (new List<byte[]>(path.Width), new List<string>(path.Width), new List<LogFault>());
        if (read(path) is not { } bundle)
        {
            return new BundleTile(path, hashes, sources, [new LogFault(path.ToString(), "it is missing")]);
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
            return new BundleTile(path, hashes, sources, [.. faults, new LogFault(path.ToString(), torn.Message)]);
        }

        for (var i = 0; i < entries.Count; i++)
        {
            var hash = MerkleTree.LeafHash(entries[i].Span);
            hashes.Add(hash);
            var fault = tile is not null && i < path.Width && !tile.AsSpan(i * MerkleTree.HashLength, MerkleTree.HashLength).SequenceEqual(hash)
                ? $"it does not have the hash that stands in {hashesPath}"
                : null;
            var (source, canonical) = Inspect(entries[i].Span);
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

        return new BundleTile(path, hashes, sources, faults);
    }

    private static (string Source, string? Fault) Inspect(ReadOnlySpan<byte> json)
    {
        try
        {
            var entry = ProtocolJson.Parse(json);
            var source = entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("source", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "";
            return (source, source.Length == 0 ? "it has no source" : CanonicalJson.Bytes(entry).AsSpan().SequenceEqual(json) ? null : "it is not in canonical JSON");
        }
        catch (RefusalException failure)
        {
            return ("", failure.Message);
        }
    }
}
