using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>
/// What becomes of a delivery that failed: the event is tried again, later each time, and none is passed over. A web-hook that was
/// failing for too long is disabled, visibly, and keeps its position.
/// </summary>
internal sealed class WebhookFailures(EvidenceTrail evidence, ConnectorSettings settings, ILogger<WebhookFailures> logger)
{
    public TimeSpan LongestPause => settings.Webhooks.LongestPause;

    public void Note(UnitOfWork unit, WebhookRow webhook, string failure)
    {
        var since = DateTimeOffset.FromUnixTimeMilliseconds(webhook.FailingSince ?? unit.Now.ToUnixTimeMilliseconds());
        var isOver = unit.Now - since > settings.Webhooks.DisableAfter;
        var failed = webhook with
        {
            State = isOver ? WebhookStates.Disabled : WebhookStates.Failing,
            Attempts = webhook.Attempts + 1,
            NextAt = (unit.Now + BackOff.After(webhook.Attempts, settings.Webhooks.FirstPause, LongestPause)).ToUnixTimeMilliseconds(),
            LastError = failure,
            FailingSince = since.ToUnixTimeMilliseconds(),
        };
        if (WebhookStore.Failed(unit, failed) && isOver)
        {
            // The address stays here: the log of the space is read by others.
            evidence.Append(unit, EvidenceKinds.WebhookDisabled, new { webhook = webhook.Id, since, attempts = failed.Attempts });
            unit.OnCommitted(() => logger.WebhookDisabled(webhook.Id, since, failure));
        }
    }
}
