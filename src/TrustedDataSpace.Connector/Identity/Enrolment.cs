using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>
/// Applies for membership, publishes where this connector is, and keeps asking how it stands. Admission is an act of the operator
/// elsewhere: an applicant lets the authority hold its answer until then; a member asks now and then.
/// </summary>
internal sealed class Enrolment(
    AuthorityClient authority,
    MembershipState membership,
    ServiceAddress address,
    ConnectorSettings settings,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<Enrolment> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Half the time after which an unanswered call is given up.</summary>
    private readonly TimeSpan longestWait = settings.Egress.Timeout / 2;
    private bool waits;

    /// <summary>What an earlier run was told is forgotten first: who waits for "active" must find the connector where it is now.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await membership.RecordAsync(MembershipState.Unknown);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await lifetime.StartedAsync(stoppingToken);
        var backoff = new Backoff(FirstPause, LongestPause);
        while (!stoppingToken.IsCancellationRequested)
        {
            var start = clock.GetTimestamp();
            if (await TryAsync(stoppingToken))
            {
                backoff.Reset();
                await Task.Delay(settings.Membership.CheckInterval, clock, stoppingToken);
            }
            else
            {
                var pause = backoff.Next();

                // An answer that was held is its own pause.
                if (clock.GetElapsedTime(start) < LongestPause)
                {
                    await Task.Delay(pause, clock, stoppingToken);
                }
            }
        }
    }

    /// <returns>Whether the participant is an active member and can be found where it is.</returns>
    private async Task<bool> TryAsync(CancellationToken cancellation)
    {
        try
        {
            var endpoint = new Uri(address.Url);

            // The first answer is not waited for: that the application has arrived is news, too. Nor is the one that may tell a member that it is suspended.
            var participant = await authority.ApplyAsync(endpoint, waits ? longestWait : TimeSpan.Zero, cancellation);
            var active = participant.State == ParticipantStates.Active;
            waits = !active;

            // Published before the state is told: who waits for "active" may call right away.
            if (active && participant.Endpoint != endpoint)
            {
                await authority.PublishEndpointAsync(endpoint, cancellation);
            }

            await membership.RecordAsync(participant.State);
            return active;
        }
        catch (Exception failure) when (failure is RefusalException or InvalidOperationException or SqliteException)
        {
            // The storage, too, may fail for a while: a full disk must not end this loop, and with it the connector.
            logger.EnrolmentFailed(failure.Message);
            return false;
        }
    }
}
