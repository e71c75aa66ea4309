using System.Text;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>Brings a log, and all that is needed to verify it, from the authority into a folder.</summary>
internal sealed class LogBundleExport(AuthorityOperatorClient authority, string folder, CancellationToken cancellation)
{
    private readonly LogBundle bundle = new(folder);

    /// <returns>The head that was exported.</returns>
    /// <exception cref="CannotStartException">There is something in the folder already.</exception>
    public async Task<Checkpoint> RunAsync()
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new CannotStartException($"{folder} is not empty. Give a folder that is new.");
        }

        Directory.CreateDirectory(folder);
        var keys = await authority.LogKeysAsync(cancellation);
        var note = await authority.CheckpointAsync(cancellation);
        var head = keys.Log.Select(PublicKey.FromJwk).Select(key => Verified(note, key)).FirstOrDefault(found => found is not null)
            ?? throw new CannotStartException("The authority's checkpoint is not signed by one of its keys.");
        await File.WriteAllTextAsync(bundle.PathOf(LogBundle.FormatFile), LogBundle.Format, cancellation);
        await File.WriteAllBytesAsync(bundle.PathOf(LogBundle.KeysFile), ProtocolJson.Write(keys), cancellation);
        await File.WriteAllTextAsync(bundle.PathOf(LogBundle.CheckpointFile), note, cancellation);
        await LinesAsync(LogBundle.CheckpointsFile, authority.CheckpointsAsync(cancellation), text => RemoteLog.SizeOf(text) <= head.Size, LogBundle.CheckpointLine);
        await LinesAsync(LogBundle.BatchesFile, authority.BatchesAsync(cancellation), batch => batch.First + batch.Count <= head.Size, batch => batch.ToLine());
        for (var level = TilePath.Entries; level <= 0 || TilePath.CountAt(level, head.Size) > 0; level++)
        {
            for (var index = 0L; TilePath.At(level, index, head.Size) is { Width: > 0 } tile; index++)
            {
                await TileAsync(tile);
            }
        }

        return head;
    }

    private async Task TileAsync(TilePath tile)
    {
        // A partial tile may have become a full one meanwhile, of which it is the beginning.
        var content = await authority.FindTileAsync(tile, cancellation)
            ?? (await authority.FindTileAsync(tile.Full, cancellation) is { } full ? PartialTile.Of(tile, full) : null)
            ?? throw new CannotStartException($"The authority has no {tile}. See tds log fsck.");
        var file = bundle.PathOf(tile.ToString());
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, content, cancellation);
    }

    private async Task LinesAsync<T>(string name, IAsyncEnumerable<T> items, Func<T, bool> wanted, Func<T, string> line)
    {
        await using var file = new StreamWriter(bundle.PathOf(name), append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        await foreach (var item in items)
        {
            if (!wanted(item))
            {
                break;
            }

            await file.WriteLineAsync(line(item));
        }
    }

    private static Checkpoint? Verified(string note, PublicKey key)
    {
        try
        {
            return SignedCheckpoint.Verify(note, key).Checkpoint;
        }
        catch (Protocol.Errors.RefusalException)
        {
            return null;
        }
    }
}
