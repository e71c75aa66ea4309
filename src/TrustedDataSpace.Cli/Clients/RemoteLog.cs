using System.Net;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>The log as the authority serves it: tiles as static files, checkpoints, batches and keys by its interface. All up to the head that was read first.</summary>
internal sealed class RemoteLog : ILogSource
{
    private readonly AuthorityOperatorClient authority;
    private readonly string head;
    private readonly long size;
    private readonly CancellationToken cancellation;

    private RemoteLog(AuthorityOperatorClient authority, string head, CancellationToken cancellation)
    {
        (this.authority, this.head, this.cancellation) = (authority, head, cancellation);
        size = SizeOf(head);
    }

    /// <summary>How much of a log the asker may read.</summary>
    internal enum Access
    {
        /// <summary>Members: the head and the tiles of hashes.</summary>
        Hashes,

        /// <summary>The operator: entries, batches and checkpoints too.</summary>
        All,
    }

    /// <summary>Reads the head, and whether the rest may be read.</summary>
    /// <exception cref="CannotStartException">The log is not open to the asker at all, or there is none.</exception>
    public static async Task<(RemoteLog Log, Access Access)> OpenAsync(AuthorityOperatorClient authority, CancellationToken cancellation)
    {
        string head;
        try
        {
            head = await authority.CheckpointAsync(cancellation);
        }
        catch (ServiceRefusalException refusal) when (refusal.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new CannotStartException($"The log is for members and the operator of its space: give a token (--token-file). {refusal.Message}", refusal);
        }

        var log = new RemoteLog(authority, head, cancellation);
        try
        {
            await foreach (var first in authority.CheckpointsAsync(cancellation))
            {
                break;
            }

            return (log, Access.All);
        }
        catch (ServiceRefusalException refusal) when (refusal.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return (log, Access.Hashes);
        }
    }

    /// <summary>The keys of the log, as the authority publishes them.</summary>
    public async Task<IReadOnlyList<PublicKey>> LogKeysAsync() => (await authority.KeysAsync(cancellation)).LogKeys();

    public string Head() => head;

    // Verification reads from several threads, each of which waits for its own tile.
    public byte[]? Tile(TilePath path) => TileAsync(path).GetAwaiter().GetResult();

    public IEnumerable<string> Checkpoints() => authority.CheckpointsAsync(cancellation).ToBlockingEnumerable(cancellation).TakeWhile(note => SizeOf(note) <= size);

    public IEnumerable<LoggedBatch> Batches() => authority.BatchesAsync(cancellation).ToBlockingEnumerable(cancellation).TakeWhile(batch => batch.First + batch.Count <= size);

    public LogKeys Keys() => authority.LogKeysAsync(cancellation).GetAwaiter().GetResult();

    private async Task<byte[]?> TileAsync(TilePath path)
    {
        if (await authority.FindTileAsync(path, cancellation) is { } found)
        {
            return found;
        }

        return path.IsFull || await authority.FindTileAsync(path.Full, cancellation) is not { } full ? null : PartialTile.Of(path, full);
    }

    /// <summary>The size that a note says, before anything of it is verified.</summary>
    /// <exception cref="Protocol.Errors.RefusalException">Malformed.</exception>
    public static long SizeOf(string note) => Checkpoint.Parse(note[..(note.LastIndexOf("\n\n", StringComparison.Ordinal) + 1)]).Size;
}
