using System.Globalization;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Events;

/// <summary>The streams of server-sent events that are open.</summary>
internal sealed class EventStreams(EventFeed feed, ConnectorSettings settings, TimeProvider clock, IHostApplicationLifetime lifetime, ManagementCredentials credentials)
{
    // What an issuer takes back is noticed when its holder comes back.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private int open;

    public EventFeed Feed => feed;

    public TimeProvider Clock => clock;

    /// <summary>A place among them, until it is disposed.</summary>
    /// <exception cref="RefusalException">Unavailable: all are taken.</exception>
    public IDisposable Enter(HttpResponse response)
    {
        var place = new Place(this);
        if (Interlocked.Increment(ref open) <= settings.Events.MostStreams)
        {
            return place;
        }

        place.Dispose();
        response.Headers.RetryAfter = "10";
        throw new RefusalException(RefusalCode.Unavailable, $"{settings.Events.MostStreams} streams of events are open already.")
        {
            Where = "streams",
            Remedy = "close one, read pages (Accept: application/json), or raise the setting Events:MostStreams",
        };
    }

    /// <summary>Cancelled when the stream must end: its reader is gone, the service stops, or the credential is past its time or taken back.</summary>
    public StreamEnd EndOf(HttpContext context)
    {
        var left = Longest;
        if (long.TryParse(context.User.FindFirst("exp")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var expires))
        {
            left = TimeSpan.FromSeconds(Math.Clamp(expires - clock.GetUtcNow().ToUnixTimeSeconds(), 0, (long)Longest.TotalSeconds));
        }

        var over = new CancellationTokenSource(left, clock);
        var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, over.Token);
        return new StreamEnd(end, over, cancellation => credentials.TakenBackAsync(context.User, cancellation));
    }

    private sealed class Place(EventStreams streams) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref streams.open);
    }
}
