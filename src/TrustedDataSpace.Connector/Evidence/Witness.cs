using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>
/// Signs the checkpoints that this connector has verified, as their witness: it signs another history only once its operator has accepted that (<see cref="LogAcceptor.AcceptAsync"/>). The newest counts for those before it,
/// so none is made up for.
/// </summary>
internal sealed class Witness(LogWatchStore store, AuthorityClient authority, ParticipantKey key, ConnectorSettings settings, TimeProvider clock, ILogger<Witness> logger) : BackgroundService
{
    private static readonly TimeSpan BetweenSignatures = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private string signed = "";

    /// <summary>Signs the last verified checkpoint, unless it has, or the log is refused.</summary>
    public async Task SignAsync(CancellationToken cancellation)
    {
        if (store.Alarm() is not null || store.Seen() is not { } seen || seen.Head.Size == 0 || seen.Head.Root == signed)
        {
            return;
        }

        await authority.CosignAsync(Cosignature.Create(seen.Head, key.Signing, settings.Participant.Id), cancellation);
        signed = seen.Head.Root;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(BetweenSignatures, LongestPause);
        while (settings.Authority.Witness && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SignAsync(stoppingToken);
                backoff.Reset();
                await Task.Delay(BetweenSignatures, clock, stoppingToken);
                await store.Kept.WaitAsync(LongestWait, stoppingToken);
            }
            catch (Exception failure) when (failure is RefusalException or SqliteException)
            {
                // The authority is away, or the storage fails for a while.
                logger.NotSigned(failure.Message);
                await Task.Delay(backoff.Next(), clock, stoppingToken);
            }
        }
    }
}
