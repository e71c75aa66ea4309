using TrustedDataSpace.Connector.Events;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>
/// Delivers to one web-hook: in order, at least once. Its position is stored after each delivery, so after a kill the same loop goes on
/// there, and sends again at most what was being delivered.
/// </summary>
internal sealed class WebhookWorker(Database database, WebhookService webhooks, WebhookSender sender, EventFeed feed, WebhookFailures failures, TimeProvider clock)
{
    private const int MostAtOnce = 20;

    /// <summary>Serves it until it is deleted or disabled.</summary>
    public async Task ServeAsync(string id, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var (news, change) = (feed.News, webhooks.Changed.Next);
            if (webhooks.Find(id) is not { State: not WebhookStates.Disabled } webhook)
            {
                return;
            }

            // A clock that was set back must not hold it for longer than the longest pause.
            var pause = DateTimeOffset.FromUnixTimeMilliseconds(webhook.NextAt) - clock.GetUtcNow();
            if (pause > TimeSpan.Zero)
            {
                await Task.WhenAny(change, Task.Delay(pause < failures.LongestPause ? pause : failures.LongestPause, clock, cancellation));
                continue;
            }

            var part = feed.Read(webhook.Position, new EventFilter(webhook.KindList), MostAtOnce);
            if (!await DeliverAsync(webhook, part, change, cancellation))
            {
                continue;
            }

            if (part.IsEnd)
            {
                await Task.WhenAny(news, change).WaitAsync(cancellation);
            }
        }
    }

    /// <summary>Delivers these events, in order.</summary>
    /// <returns>False: it failed, or is to be looked at again.</returns>
    private async Task<bool> DeliverAsync(WebhookRow webhook, FeedPart part, Task change, CancellationToken cancellation)
    {
        var position = webhook.Position;
        foreach (var one in part.Events)
        {
            if (change.IsCompleted)
            {
                // Deleted, or with another secret, perhaps.
                return false;
            }

            var failure = await sender.TrySendAsync(webhook.Url, webhooks.SecretsOf(webhook), one, cancellation);
            if (failure is not null)
            {
                await database.WriteAsync(unit => failures.Note(unit, webhook with { Position = position }, failure));
                return false;
            }

            var from = position;
            if (!await database.WriteAsync(unit => WebhookStore.Advance(unit, webhook.Id, from, one.Id, delivered: true)))
            {
                return false;
            }

            // From here on it is well: a failure is the first one.
            webhook = webhook with { Attempts = 0, FailingSince = null };
            position = one.Id;
        }

        // What nobody wants need not be looked at again after a restart. At the end of the feed it is little, and a commit for each event of others is not.
        return part.IsEnd || part.Position == position
            || await database.WriteAsync(unit => WebhookStore.Advance(unit, webhook.Id, position, part.Position, delivered: false));
    }
}
