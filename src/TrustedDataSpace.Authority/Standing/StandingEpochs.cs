using Microsoft.Data.Sqlite;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Standing;

/// <summary>
/// Signs the epochs: one each second, and one as soon as something has changed. Each is signed once, whoever follows: a second costs one signature
/// and one small write for each connector.
/// </summary>
internal sealed class StandingEpochs(StandingChanges changes, Database database, KeyStore keys, AuthoritySettings settings, TimeProvider clock, ILogger<StandingEpochs> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private Published current = new("", new StandingNumbers(), new Dictionary<string, string>());

    /// <summary>The newest one; its text is empty before the first.</summary>
    public Published Current => Volatile.Read(ref current);

    /// <summary>What somebody must know who has followed up to a change, to go on from that published one.</summary>
    public string Since(long? after, Published until) => Sign(changes.Since(after, until.To));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        StandingNumbers? last = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (last is { } known)
                {
                    await database.WaitUntilAsync(StandingChanges.Key, () => changes.Last != known, Pause, stoppingToken);
                }

                Publish(last);
                last = current.To;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The service stops; followers come back to the next one.
            }
            catch (Exception failure) when (failure is SqliteException or InvalidOperationException or IOException)
            {
                // Followers hear nothing meanwhile, and ask the register as before.
                logger.StandingNotTold(failure.Message);
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Publish(StandingNumbers? from)
    {
        var until = changes.Last;
        var epoch = changes.Since(from?.Standing, until);
        var next = new Published(Sign(epoch), until, epoch.Changed);
        var before = current;
        Volatile.Write(ref current, next);
        before.SetNext(next);
    }

    private string Sign(StandingEpoch epoch) => epoch.Sign(settings.Participant.Id, settings.Space.Id, clock.GetUtcNow(), keys.Signing(AuthorityKey.Name));
}

/// <summary>One epoch as it was published.</summary>
/// <param name="Jws">Signed.</param>
/// <param name="To">The last changes in it.</param>
/// <param name="Changed">Whose standing it tells about.</param>
internal sealed record Published(string Jws, StandingNumbers To, IReadOnlyDictionary<string, string> Changed)
{
    private readonly TaskCompletionSource<Published> next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The one after it, once it is there.</summary>
    public Task<Published> Next => next.Task;

    public void SetNext(Published published) => next.SetResult(published);
}
