using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>Lets applicants wait for the operator's decision, so that a connector learns of it at once.</summary>
internal sealed class Decisions(Database database, ParticipantStore store, IHostApplicationLifetime lifetime) : IDisposable
{
    /// <summary>Most that wait at a time. Each looks again after every commit, and strangers may ask: further ones get their answer at once.</summary>
    private const int MostWaiting = 200;

    private readonly SemaphoreSlim places = new(MostWaiting);

    /// <summary>The participant as soon as its state changes, or as it is when the time is over.</summary>
    public async Task<Participant> WaitAsync(Participant participant, TimeSpan longest, CancellationToken cancellation)
    {
        if (longest <= TimeSpan.Zero || participant.State == ParticipantStates.Active || !places.Wait(0, CancellationToken.None))
        {
            return participant;
        }

        try
        {
            // Whoever waits must not hold up the end of the service.
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
            var id = participant.Id.Value;
            await database.WaitUntilAsync(() => store.Find(id)!.State != participant.State, longest, stop.Token);
            return store.Find(id)!.ToParticipant(privately: false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return participant;
        }
        finally
        {
            places.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => places.Dispose();
}
