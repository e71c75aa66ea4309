using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// The log as static files, laid out as they are served (C2SP tlog-tiles): <c>checkpoint</c>, <c>tile/L/N[.p/W]</c>,
/// <c>tile/entries/N[.p/W]</c>. A file appears whole, under its name, or not at all.
/// </summary>
internal sealed class LogFiles(AuthoritySettings settings)
{
    private const string CheckpointFile = "checkpoint";

    public string Folder { get; } = Path.Combine(Path.GetFullPath(settings.Storage.Folder), "log");

    /// <summary>The tile; null where there is none.</summary>
    public byte[]? Read(TilePath tile)
    {
        try
        {
            return File.ReadAllBytes(PathOf(tile));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a tile; when this returns, a full one is on the disk. A partial one need not be: its entries are still staged.</summary>
    public void Write(TilePath tile, ReadOnlySpan<byte> content) => Replace(PathOf(tile), content, durable: tile.IsFull);

    /// <summary>Shows the log's new head: the last step of publishing.</summary>
    public void WriteCheckpoint(string note) => Replace(Path.Combine(Folder, CheckpointFile), System.Text.Encoding.UTF8.GetBytes(note), durable: true);

    public string? ReadCheckpoint()
    {
        var path = Path.Combine(Folder, CheckpointFile);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }

    /// <summary>Removes the partial forms of a tile that is full.</summary>
    public void RemovePartial(TilePath tile)
    {
        var folder = PathOf(tile.Full) + ".p";
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public string PathOf(TilePath tile) => Path.Combine(Folder, tile.ToString());

    private static void Replace(string path, ReadOnlySpan<byte> content, bool durable)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = path + ".new";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(content);
            file.Flush(flushToDisk: durable);
        }

        File.Move(draft, path, overwrite: true);
    }
}
