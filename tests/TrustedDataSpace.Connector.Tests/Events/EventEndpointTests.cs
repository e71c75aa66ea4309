using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Events;

/// <summary>The feed of events over real HTTP.</summary>
public sealed class EventEndpointTests : IAsyncLifetime
{
    private readonly ConnectorUnderTest connector = new(with: settings => settings with { Events = new() { MostStreams = 2 } });
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        await connector.StartAsync();
        client = connector.Management();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await connector.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_brings_what_is_committed_from_now_on()
    {
        await AppendAsync("negotiation.requested", 0);
        await using var stream = await EventReader.OpenAsync(client);
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(": connected", await stream.LineAsync());
        await AppendAsync("negotiation.finalized", 1);
        var one = (await stream.NextAsync())!;
        Assert.Equal(("negotiation.finalized", "n1", "a1", 1), (one.Kind, one.Process, one.Agreement, one.Data.GetProperty("number").GetInt32()));
    }

    [Fact]
    public async Task Every_event_comes_once_and_in_the_order_of_its_commit_however_many_write()
    {
        await using var stream = await EventReader.OpenAsync(client, "?after=0");
        var reading = stream.NextAsync(500);
        var written = await Task.WhenAll(Enumerable.Range(0, 500).Select(async number =>
        {
            var id = "";
            await connector.Database.WriteAsync(unit =>
            {
                var first = Append(unit, "transfer.started", number);
                id = first.Id;
            });
            return id;
        }));
        var read = await reading.Within("all events");
        Assert.Equal(written.Order(StringComparer.Ordinal), read.Select(one => one.Id));

        // A page read at the end shows the same: nothing was committed behind the position of a reader.
        Assert.Equal(read.Select(one => one.Id), (await AllPagesAsync("")).Select(one => one.Id));
    }

    [Fact]
    public async Task A_stream_goes_on_behind_the_last_event_that_was_seen_and_the_header_wins()
    {
        for (var number = 0; number < 5; number++)
        {
            await AppendAsync("transfer.started", number);
        }

        var all = await AllPagesAsync("");
        await using var stream = await EventReader.OpenAsync(client, "?after=0", lastEventId: all[2].Id);
        Assert.Equal(all.Skip(3).Select(one => one.Id), (await stream.NextAsync(2)).Select(one => one.Id));
        await using var other = await EventReader.OpenAsync(client, "?after=" + all[3].Id);
        Assert.Equal(all[4].Id, (await other.NextAsync())!.Id);
    }

    [Fact]
    public async Task An_unknown_id_is_a_position_and_a_malformed_one_is_refused()
    {
        await AppendAsync("transfer.started", 0);
        Assert.Single(await AllPagesAsync("&after=00000000000070008000000000000000"));
        Assert.Empty(await AllPagesAsync("&after=ffffffffffff7fffbfffffffffffffff"));
        foreach (var query in new[] { "?after=none", "?after=FFFFFFFFFFFF7FFFBFFFFFFFFFFFFFFF", "?cursor=bm9uZQ", "?kind=Negotiation", "?kind=" })
        {
            using var refused = await client.GetAsync(new Uri(ManagementRoutes.Events + query, UriKind.Relative));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.NotEmpty((await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("remedy").GetString()!);
        }

        await using var stream = await EventReader.OpenAsync(client, lastEventId: "none");
        Assert.Equal(HttpStatusCode.BadRequest, stream.Response.StatusCode);
    }

    [Fact]
    public async Task Filters_take_kinds_by_their_beginnings_and_one_process_or_agreement()
    {
        await AppendAsync("negotiation.requested", 1);
        await AppendAsync("negotiation.finalized", 2);
        await AppendAsync("transfer.started", 2);
        await AppendAsync("product.published", 3);
        Assert.Equal(["negotiation.requested", "negotiation.finalized"], await KindsAsync("&kind=negotiation."));
        Assert.Equal(["negotiation.requested", "transfer.started"], await KindsAsync("&kind=negotiation.requested&kind=transfer."));
        Assert.Equal(["negotiation.finalized", "transfer.started"], await KindsAsync("&process=n2"));
        Assert.Equal(["transfer.started"], await KindsAsync("&agreement=a2&kind=transfer."));
        await using var stream = await EventReader.OpenAsync(client, "?after=0&kind=product.");
        Assert.Equal("product.published", (await stream.NextAsync())!.Kind);
    }

    [Fact]
    public async Task Pages_end_and_a_filter_that_takes_few_of_many_still_finds_them()
    {
        await connector.Database.WriteAsync(unit =>
        {
            for (var number = 0; number < 700; number++)
            {
                Append(unit, number == 650 ? "product.published" : "transfer.started", number);
            }
        });
        Assert.Equal(["product.published"], await KindsAsync("&kind=product."));
        Assert.Equal(700, (await AllPagesAsync("&limit=200")).Count);
    }

    [Fact]
    public async Task More_streams_than_allowed_are_refused_and_a_closed_one_makes_room()
    {
        await using var first = await EventReader.OpenAsync(client);
        var second = await EventReader.OpenAsync(client);
        await using (var third = await EventReader.OpenAsync(client))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, third.Response.StatusCode);
            Assert.NotNull(third.Response.Headers.RetryAfter);
            Assert.Contains("Events:MostStreams", await third.RestAsync(), StringComparison.Ordinal);
        }

        await second.DisposeAsync();
        while (true)
        {
            await using var again = await EventReader.OpenAsync(client);
            if (again.Response.StatusCode == HttpStatusCode.OK)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task A_stream_ends_cleanly_when_the_service_stops()
    {
        var other = new ConnectorUnderTest();
        await other.StartAsync();
        using var management = other.Management();
        await using var stream = await EventReader.OpenAsync(management);
        Assert.Equal(": connected", await stream.LineAsync());
        var ending = stream.NextAsync();
        await other.DisposeAsync().AsTask().Within("the service to stop");
        Assert.Null(await ending);
    }

    [Fact]
    public async Task A_stream_ends_with_the_token_that_opened_it()
    {
        await using var quick = new ConnectorUnderTest(clock: new QuickTimers(10));
        await quick.StartAsync();
        using var management = quick.Management();

        // The stream's timer is the faster one, so a slow machine cannot be late with the rest; without an end, a stream has 90 seconds.
        var definition = new TokenDefinition { Name = "short", Scopes = ["events:read"], ExpiresAt = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(40) };
        using var made = await management.PostAsJsonAsync(TokenRoutes.Tokens, definition, ProtocolJson.Options);
        var secret = ProtocolJson.Read<TokenSecret>(await made.Content.ReadAsByteArrayAsync()).Secret;
        using var holder = new HttpClient { BaseAddress = new Uri(quick.Url), DefaultRequestHeaders = { Authorization = new("Bearer", secret) } };
        await using var stream = await EventReader.OpenAsync(holder, "?kind=none.");
        Assert.Equal(HttpStatusCode.OK, stream.Response.StatusCode);
        Assert.Null(await stream.NextAsync());
    }

    [Fact]
    public async Task A_stream_ends_at_once_when_its_token_is_deleted_and_others_go_on()
    {
        await using var other = await OpenWithAsync("other");
        await using var stream = await OpenWithAsync("gone");
        Assert.Equal(": connected", await stream.LineAsync());
        Assert.Equal(": connected", await other.LineAsync());
        using var deleted = await client.DeleteAsync(new Uri(ManagementRoutes.For(TokenRoutes.Token, "gone"), UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);

        // No timer would end it within the time that is waited here.
        Assert.Null(await stream.NextAsync());
        await AppendAsync("none.first", 1);
        Assert.Equal("none.first", (await other.NextAsync())!.Kind);
    }

    [Fact]
    public async Task A_silent_stream_is_kept_alive_by_comments()
    {
        await using var quick = new ConnectorUnderTest(clock: new QuickTimers(1000));
        await quick.StartAsync();
        using var management = quick.Management();
        await using var stream = await EventReader.OpenAsync(management);
        foreach (var line in new[] { ": connected", "", ": alive", "", ": alive" })
        {
            Assert.Equal(line, await stream.LineAsync());
        }
    }

    [Fact]
    public async Task Without_a_credential_there_is_no_stream()
    {
        using var stranger = new HttpClient { BaseAddress = new Uri(connector.Url) };
        await using var stream = await EventReader.OpenAsync(stranger);
        Assert.Equal(HttpStatusCode.Unauthorized, stream.Response.StatusCode);
    }

    // Sees one kind of events alone: the making and deleting of tokens are others.
    private async Task<EventReader> OpenWithAsync(string name)
    {
        using var made = await client.PostAsJsonAsync(TokenRoutes.Tokens, new TokenDefinition { Name = name, Scopes = ["events:read"] }, ProtocolJson.Options);
        var secret = ProtocolJson.Read<TokenSecret>(await made.Content.ReadAsByteArrayAsync()).Secret;
        return await EventReader.OpenAsync(connector.Management(secret), "?kind=none.");
    }

    private Protocol.Evidence.EvidenceEntry Append(Hosting.Storage.UnitOfWork unit, string kind, int number) => connector.Get<EvidenceTrail>()
        .Append(unit, kind, new { number }, "a" + number.ToString(CultureInfo.InvariantCulture), "n" + number.ToString(CultureInfo.InvariantCulture));

    private Task AppendAsync(string kind, int number) => connector.Database.WriteAsync(unit => { Append(unit, kind, number); });

    private async Task<string[]> KindsAsync(string query) => [.. (await AllPagesAsync(query)).Select(one => one.Kind)];

    private async Task<List<EventView>> AllPagesAsync(string query)
    {
        var events = new List<EventView>();
        for (var cursor = ""; ;)
        {
            var text = await client.GetByteArrayAsync(new Uri($"{ManagementRoutes.Events}?{cursor}{query}", UriKind.Relative));
            var page = ProtocolJson.Read<Page<EventView>>(text);
            events.AddRange(page.Items);
            if (page.Next is null)
            {
                return events;
            }

            cursor = "cursor=" + page.Next;
        }
    }

    /// <summary>Faster than a real clock's.</summary>
    private sealed class QuickTimers(int times) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / times : dueTime, period > TimeSpan.Zero ? period / times : period);
    }
}
