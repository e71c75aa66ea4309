using Microsoft.Data.Sqlite;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// Brings what is logged durably out, in this order: 1 full tiles, on the disk · 2 partial tiles · 3 the signed checkpoint, into the
/// database, and out of it the entries whose bundle is full · 4 the checkpoint, as a file. Whoever sees a checkpoint finds what it
/// promises; killed anywhere, it begins again from the rows, by this same code.
/// </summary>
internal sealed class LogPublisher(
    Database database, EvidenceLog log, LogFiles files, KeyStore keys, AuthoritySettings settings, ILogger<LogPublisher> logger) : BackgroundService
{
    private const int Page = 4096;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(30);

    private readonly Broadcast published = new();
    private RightEdge? edge;
    private CheckpointRow? latest;

    /// <summary>The published head of the log.</summary>
    public CheckpointRow Latest => Volatile.Read(ref latest) ?? throw new RefusalException(RefusalCode.Unavailable, "The evidence log is not open yet.");

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await log.OpenAsync(database);
        await PublishAsync();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Waits until a checkpoint over that many entries is out.</summary>
    /// <exception cref="RefusalException">Unavailable: not for a while. The entries are logged, and a batch sent again gets its receipt.</exception>
    public async Task WaitAsync(long size, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(LongestAnswer);
        try
        {
            while (true)
            {
                var next = published.Next;
                if (Volatile.Read(ref latest)?.Size >= size)
                {
                    return;
                }

                await next.WaitAsync(deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RefusalException(RefusalCode.Unavailable, "The entries are logged, but no checkpoint can be published now.") { Remedy = "Send the same batch again later." };
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await log.Appended.WaitAsync(LongestWait, stoppingToken);
            try
            {
                await PublishAsync();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException or InvalidOperationException or SqliteException)
            {
                // What is in memory may be ahead of the files: the next attempt begins from the rows, like a start.
                edge = null;
                logger.NotPublished(failure);
                await log.Appended.WaitAsync(AfterFailure, stoppingToken);
                log.Appended.Set();
            }
        }
    }

    private async Task PublishAsync()
    {
        var head = database.Read(connection => LogRows.Head(connection, settings.Space.Id));
        edge ??= RightEdge.Load(files, database.Read(connection => LogRows.FirstStaged(connection, settings.Space.Id)) ?? head.Size);
        if (latest is not null && head.Size == latest.Size)
        {
            return;
        }

        // 1
        while (edge.Size < head.Size)
        {
            Add(edge, head);
        }

        if (!edge.Root().AsSpan().SequenceEqual(head.Root))
        {
            throw new InvalidDataException("The tiles of the evidence log do not have the root of its rows: nothing is published. See tds log fsck.");
        }

        // 2
        edge.WritePartial();

        // 3
        var signed = await SignAsync(head);

        // 4
        files.WriteCheckpoint(signed.Note);
        Volatile.Write(ref latest, signed);
        published.Set();
        foreach (var tile in edge.Filled)
        {
            files.RemovePartial(tile);
        }

        edge.Forget();
    }

    private void Add(RightEdge tiles, LogHead head)
    {
        var rows = database.Read(connection => LogRows.Staged(connection, settings.Space.Id, tiles.Size, Math.Min(head.Size, tiles.Size + Page)));
        if (rows.Count == 0)
        {
            throw new InvalidDataException($"Entry {tiles.Size} of the evidence log is neither in a row nor in a full bundle.");
        }

        foreach (var row in rows)
        {
            if (row.Idx != tiles.Size)
            {
                throw new InvalidDataException($"Entry {tiles.Size} of the evidence log is missing among its rows.");
            }

            tiles.Append(row.Entry);
        }
    }

    private Task<CheckpointRow> SignAsync(LogHead head)
    {
        var root = Convert.ToBase64String(head.Root);
        return database.WriteAsync(unit =>
        {
            LogRows.Unstage(unit, head.Size - (head.Size % TilePath.FullWidth));
            if (LogRows.Checkpoint(unit, head.Size) is { } known)
            {
                return known.Root == root ? known : throw new InvalidDataException($"A checkpoint over {head.Size} entries with another root was signed before.");
            }

            var signed = SignedCheckpoint.Sign(new Checkpoint(log.Origin, head.Size, root), keys.First(AuthorityKey.Name), log.Origin);
            LogRows.AddCheckpoint(unit, signed);
            return new CheckpointRow { Size = head.Size, Root = root, Note = signed.Text };
        });
    }
}
