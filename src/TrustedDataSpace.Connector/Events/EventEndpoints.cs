using Microsoft.AspNetCore.Mvc;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Events;

/// <summary>Events in the management interface: by pages, or as a stream.</summary>
internal static class EventEndpoints
{
    public const string LastEventId = "Last-Event-ID";

    // A filter may take few of many: so many are looked at for one page.
    private const int MostLooks = 50;

    public static void AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<EventFeed>();
        services.AddSingleton<EventStreams>();
    }

    public static void MapEvents(this IEndpointRouteBuilder app) => app.MapManagement("events").MapGet(ManagementRoutes.Events, Get);

    private static IResult Get([AsParameters] Question question, [AsParameters] PageRequest page, HttpRequest request, EventStreams streams)
    {
        var filter = question.Filter();
        if (!request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(EventStream.MediaType, StringComparison.OrdinalIgnoreCase)))
        {
            return TypedResults.Json(PageOf(streams.Feed, filter, page, question.After is null ? EventPosition.Beginning : EventPosition.Read(question.After, "after")));
        }

        // A browser comes back to the same address, with the id that it has seen last beside it (HTML §9.2.4).
        var seen = request.Headers[LastEventId] is [{ Length: > 0 } last] ? EventPosition.Read(last, LastEventId) : null;
        return new EventStream(streams, filter, seen ?? (question.After is null ? streams.Feed.End : EventPosition.Read(question.After, "after")));
    }

    private static Page<EventView> PageOf(EventFeed feed, EventFilter filter, PageRequest page, string after)
    {
        var position = page.Cursor is null ? after : EventPosition.Read(page.After, "cursor");
        var events = new List<EventView>();
        for (var looks = 0; looks < MostLooks; looks++)
        {
            var part = feed.Read(position, filter, page.Size - events.Count);
            events.AddRange(part.Events);
            position = part.Position;
            if (part.IsEnd)
            {
                return new Page<EventView>(events, null);
            }

            if (events.Count == page.Size)
            {
                break;
            }
        }

        return new Page<EventView>(events, PageRequest.CursorAfter(position));
    }

    internal sealed record Question
    {
        [FromQuery]
        public string? After { get; init; }

        [FromQuery]
        public string[]? Kind { get; init; }

        [FromQuery]
        public string? Process { get; init; }

        [FromQuery]
        public string? Agreement { get; init; }

        public EventFilter Filter()
        {
            Refusals.ThrowIfAny("filter", EventFilter.Problems(Kind ?? [], "kind"));
            return new EventFilter(Kind ?? [], Process, Agreement);
        }
    }
}
