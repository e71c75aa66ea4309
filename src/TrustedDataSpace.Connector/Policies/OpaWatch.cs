using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>
/// Asks the OPA server an empty question at the start and from time to time, so that the operator learns which bundle decides there, or
/// why none does, before a participant does. Decisions do not wait for it.
/// </summary>
internal sealed class OpaWatch(IPolicyEngine engine, PolicyRevision revision, ConnectorSettings settings, TimeProvider clock, ILogger<OpaWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly ReadOnlyMemory<byte> Nothing = "{}"u8.ToArray();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, settings.Policies.PollInterval);
        string? known = null;
        string? failure = null;
        while (true)
        {
            // Every set of rules refuses the empty question with reasons of its own.
            var answer = await engine.DecideAsync(Nothing, stoppingToken);
            var reason = answer.Reasons.FirstOrDefault(reason => reason.Code == PolicyDecision.EngineErrorCode)?.Message;
            if (reason is not null)
            {
                if (reason != failure)
                {
                    logger.OpaDoesNotDecide(reason);
                }

                known = null;
            }
            else if (answer.Revision != known)
            {
                await revision.SetAsync(answer.Revision);
                known = answer.Revision;
            }

            failure = reason;
            if (reason is null)
            {
                backoff.Reset();
            }

            await Task.Delay(reason is null ? settings.Policies.PollInterval : backoff.Next(), clock, stoppingToken);
        }
    }
}
