using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>
/// Applies for membership, publishes where this connector is, and keeps asking how it stands: admission and suspension are acts of
/// the operator elsewhere, so a timer is the only way to learn of them.
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
            if (await TryAsync(stoppingToken))
            {
                backoff.Reset();
                await Task.Delay(settings.Membership.CheckInterval, clock, stoppingToken);
            }
            else
            {
                await Task.Delay(backoff.Next(), clock, stoppingToken);
            }
        }
    }

    /// <returns>Whether the participant is an active member and can be found where it is.</returns>
    private async Task<bool> TryAsync(CancellationToken cancellation)
    {
        try
        {
            var endpoint = new Uri(address.Url);
            var participant = await authority.ApplyAsync(endpoint, cancellation);
            var active = participant.State == ParticipantStates.Active;

            // Published before the state is told: who waits for "active" may call right away.
            if (active && participant.Endpoint != endpoint)
            {
                await authority.PublishEndpointAsync(endpoint, cancellation);
            }

            await membership.RecordAsync(participant.State);
            return active;
        }
        catch (RefusalException refusal)
        {
            logger.EnrolmentFailed(refusal.Message);
            return false;
        }
    }
}
