using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using TrustedDataSpace.Connector.Webhooks;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Webhooks;

/// <summary>Web-hooks over real HTTP, to a receiver of the test.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private ConnectorUnderTest connector = null!;
    private Receiver receiver = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        receiver = await Receiver.StartAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await connector.DisposeAsync();
        await receiver.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Deliveries_are_signed_events_in_order()
    {
        var webhook = await AddAsync();
        for (var number = 0; number < 5; number++)
        {
            await AppendAsync("transfer.started", number);
        }

        for (var number = 0; number < 5; number++)
        {
            var delivery = await receiver.NextAsync();
            Assert.Equal((number, delivery.Event.Id), (delivery.Event.Data.GetProperty("number").GetInt32(), delivery.Id));
            Assert.Equal(clock.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), delivery.Timestamp);
            Assert.True(delivery.IsSignedWith(webhook.Secret));
        }
    }

    [Fact]
    public async Task Another_secret_or_another_body_does_not_fit_the_signature()
    {
        var webhook = await AddAsync();
        await AppendAsync("transfer.started", 1);
        var delivery = await receiver.NextAsync();
        Assert.False(delivery.IsSignedWith(WebhookSignature.NewSecret()));
        Assert.False((delivery with { Body = [.. delivery.Body, (byte)' '] }).IsSignedWith(webhook.Secret));
        Assert.False((delivery with { Timestamp = "1" }).IsSignedWith(webhook.Secret));
        Assert.False((delivery with { Id = "x" }).IsSignedWith(webhook.Secret));
    }

    [Fact]
    public void The_signature_is_the_one_of_the_specification()
    {
        // The example of the reference libraries of Standard Webhooks.
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSignature.Sign(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""u8));
    }

    [Fact]
    public async Task Only_the_kinds_that_were_asked_for_are_delivered_and_only_from_now_on()
    {
        await AppendAsync("negotiation.requested", 1);
        await AddAsync(kinds: ["negotiation."]);
        await AppendAsync("transfer.started", 2);
        await AppendAsync("negotiation.finalized", 3);
        Assert.Equal("negotiation.finalized", (await receiver.NextAsync()).Event.Kind);
        Assert.Equal(0, receiver.Left);
    }

    [Fact]
    public async Task What_is_not_taken_is_tried_again_under_the_same_id_and_later_events_wait_behind_it()
    {
        var attempts = 0;
        receiver.Answer = (_, context) =>
        {
            context.Response.StatusCode = ++attempts < 3 ? 500 : 200;
            return Task.CompletedTask;
        };
        var webhook = await AddAsync();
        await AppendAsync("transfer.started", 1);
        await AppendAsync("transfer.started", 2);
        var first = await receiver.NextAsync();
        var view = await StateAsync(webhook.Id, view => view.Attempts == 1);
        Assert.Equal(("failing", "It answered 500."), (view.State, view.LastError));
        Assert.InRange(view.NextAttempt!.Value - clock.GetUtcNow(), TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(30));

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(first.Id, (await receiver.NextAsync()).Id);
        view = await StateAsync(webhook.Id, view => view.Attempts == 2);
        Assert.True(view.NextAttempt - clock.GetUtcNow() >= TimeSpan.FromMilliseconds(40));
        clock.Advance(TimeSpan.FromSeconds(1));
        var third = await receiver.NextAsync();
        Assert.Equal(first.Id, third.Id);
        Assert.True(third.IsSignedWith(webhook.Secret));
        Assert.Equal(2, (await receiver.NextAsync()).Event.Data.GetProperty("number").GetInt32());
        view = await StateAsync(webhook.Id, view => view.State == "active");
        Assert.Equal((0, (string?)null), (view.Attempts, view.LastError));
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_a_receiver_that_is_away_is_named()
    {
        var followed = false;
        receiver.Answer = (delivery, context) =>
        {
            followed |= delivery.Path != "/events";
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        };
        var webhook = await AddAsync();
        var away = await AddAsync(url: "http://127.0.0.1:1/");
        await AppendAsync("transfer.started", 1);
        Assert.Contains("redirects are not followed", (await StateAsync(webhook.Id, view => view.Attempts > 0)).LastError, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", (await StateAsync(away.Id, view => view.Attempts > 0)).LastError, StringComparison.Ordinal);
        Assert.False(followed);
    }

    [Fact]
    public async Task A_receiver_that_hangs_holds_up_no_other_one()
    {
        await using var slow = await Receiver.StartAsync();
        slow.Answer = (_, context) => StandInOpa.Silence(context);
        await AddAsync(url: slow.Url);
        await AddAsync();
        for (var number = 0; number < 3; number++)
        {
            await AppendAsync("transfer.started", number);
            Assert.Equal(number, (await receiver.NextAsync()).Event.Data.GetProperty("number").GetInt32());
        }

        Assert.Equal(0, (await slow.NextAsync()).Event.Data.GetProperty("number").GetInt32());
    }

    [Fact]
    public async Task A_replay_goes_on_behind_the_event_that_is_named_also_from_the_beginning()
    {
        var webhook = await AddAsync();
        var ids = new List<string>();
        for (var number = 0; number < 3; number++)
        {
            await AppendAsync("transfer.started", number);
            ids.Add((await receiver.NextAsync()).Id);
        }

        await StateAsync(webhook.Id, view => view.LastDelivered == ids[2]);
        using (var replayed = await ReplayAsync(webhook.Id, ids[0]))
        {
            Assert.Equal(HttpStatusCode.OK, replayed.StatusCode);
        }

        Assert.Equal(ids[1..], [(await receiver.NextAsync()).Id, (await receiver.NextAsync()).Id]);
        await StateAsync(webhook.Id, view => view.Position == ids[2]);
        (await ReplayAsync(webhook.Id, "0")).Dispose();
        Assert.Equal(ids, [(await receiver.NextAsync()).Id, (await receiver.NextAsync()).Id, (await receiver.NextAsync()).Id]);
        using var refused = await ReplayAsync(webhook.Id, "yesterday");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_where_it_stood_with_the_same_secret()
    {
        receiver.Answer = (delivery, context) =>
        {
            context.Response.StatusCode = delivery.Event.Data.GetProperty("number").GetInt32() == 1 ? 500 : 200;
            return Task.CompletedTask;
        };
        var webhook = await AddAsync();
        await AppendAsync("transfer.started", 0);
        await AppendAsync("transfer.started", 1);
        await receiver.NextAsync();
        var missed = await receiver.NextAsync();
        await StateAsync(webhook.Id, view => view.Attempts == 1);
        client.Dispose();
        await connector.DisposeAsync();
        receiver.Answer = (_, _) => Task.CompletedTask;
        clock.Advance(TimeSpan.FromMinutes(1));
        await StartAsync();
        var again = await receiver.NextAsync();
        Assert.Equal(missed.Id, again.Id);
        Assert.True(again.IsSignedWith(webhook.Secret));
        Assert.Equal(0, receiver.Left);
    }

    [Fact]
    public async Task Both_secrets_sign_after_a_rotation_until_the_overlap_is_over()
    {
        var old = await AddAsync();
        using var answer = await client.PostAsync(new Uri(ManagementRoutes.For(ManagementRoutes.WebhookRotation, old.Id), UriKind.Relative), null);
        var rotated = ProtocolJson.Read<WebhookSecret>(await answer.Content.ReadAsByteArrayAsync());
        Assert.NotEqual(old.Secret, rotated.Secret);
        await AppendAsync("transfer.started", 1);
        var both = await receiver.NextAsync();
        Assert.Equal((2, true, true), (both.Signatures, both.IsSignedWith(old.Secret), both.IsSignedWith(rotated.Secret)));
        clock.Advance(TimeSpan.FromDays(1));
        await AppendAsync("transfer.started", 2);
        var one = await receiver.NextAsync();
        Assert.Equal((1, false, true), (one.Signatures, one.IsSignedWith(old.Secret), one.IsSignedWith(rotated.Secret)));
    }

    [Fact]
    public async Task A_deleted_one_is_delivered_to_no_more()
    {
        await using var other = await Receiver.StartAsync();
        var webhook = await AddAsync(url: other.Url);
        await AddAsync();
        await AppendAsync("transfer.started", 1);
        await other.NextAsync();
        await receiver.NextAsync();
        await StateAsync(webhook.Id, view => view.LastDelivered is not null);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync(new Uri(ManagementRoutes.For(ManagementRoutes.WebhookById, webhook.Id), UriKind.Relative))).StatusCode);
        await AppendAsync("transfer.started", 2);
        await receiver.NextAsync();
        await AppendAsync("transfer.started", 3);
        await receiver.NextAsync();
        Assert.Equal(0, other.Left);
        using var gone = await client.GetAsync(new Uri(ManagementRoutes.For(ManagementRoutes.WebhookById, webhook.Id), UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task One_that_fails_for_too_long_is_disabled_with_a_reason_and_an_event_and_a_replay_revives_it()
    {
        receiver.Answer = (_, context) =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        var webhook = await AddAsync();
        await AppendAsync("transfer.started", 1);
        var missed = await receiver.NextAsync();
        await StateAsync(webhook.Id, view => view.Attempts == 1);
        clock.Advance(TimeSpan.FromDays(3) + TimeSpan.FromSeconds(1));
        await receiver.NextAsync();
        var view = await StateAsync(webhook.Id, view => view.State == WebhookStates.Disabled);
        Assert.Equal(("It answered 503.", 2), (view.LastError, view.Attempts));
        var events = await client.GetFromJsonAsync<JsonElement>(ManagementRoutes.Events + "?kind=webhook.");
        Assert.Equal((EvidenceKinds.WebhookDisabled, webhook.Id), (events.GetProperty("items")[0].GetProperty("kind").GetString(), events.GetProperty("items")[0].GetProperty("data").GetProperty("webhook").GetString()));
        Assert.DoesNotContain(receiver.Url, events.GetRawText(), StringComparison.Ordinal);

        receiver.Answer = (_, _) => Task.CompletedTask;
        (await ReplayAsync(webhook.Id, view.Position)).Dispose();
        Assert.Equal(missed.Id, (await receiver.NextAsync()).Id);
        Assert.Equal("active", (await StateAsync(webhook.Id, view => view.LastDelivered is not null)).State);
    }

    [Fact]
    public async Task The_secret_is_shown_once_and_stored_sealed()
    {
        var webhook = await AddAsync();
        Assert.Equal(32, Convert.FromBase64String(webhook.Secret["whsec_".Length..]).Length);
        var shown = await client.GetStringAsync(ManagementRoutes.Webhooks) + await client.GetStringAsync(ManagementRoutes.For(ManagementRoutes.WebhookById, webhook.Id));
        Assert.DoesNotContain("whsec_", shown, StringComparison.Ordinal);
        var stored = connector.Database.Read(connection => connection.QuerySingle<string>("SELECT secrets FROM webhooks"));
        Assert.DoesNotContain(webhook.Secret["whsec_".Length..], stored, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://receiver.example/")]
    [InlineData("https://user:password@receiver.example/")]
    [InlineData("https://receiver.example/#here")]
    [InlineData("ftp://receiver.example/")]
    [InlineData("/events")]
    public async Task An_address_that_would_show_events_or_credentials_is_refused(string url)
    {
        using var refused = await client.PostAsJsonAsync(ManagementRoutes.Webhooks, new WebhookDefinition { Url = url }, ProtocolJson.Options);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("url", problem.GetProperty("term").GetString());
        Assert.DoesNotContain("password", problem.GetRawText(), StringComparison.Ordinal);
    }

    private async Task StartAsync()
    {
        connector = new ConnectorUnderTest(clock: clock, folder: folder, with: settings => settings with
        {
            Webhooks = new WebhookOptions { FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(80) },
        });
        await connector.StartAsync();
        client = connector.Management();
    }

    private async Task<WebhookSecret> AddAsync(string? url = null, params string[] kinds)
    {
        using var answer = await client.PostAsJsonAsync(ManagementRoutes.Webhooks, new WebhookDefinition { Url = url ?? receiver.Url, Kinds = kinds }, ProtocolJson.Options);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        return ProtocolJson.Read<WebhookSecret>(await answer.Content.ReadAsByteArrayAsync());
    }

    private Task<HttpResponseMessage> ReplayAsync(string id, string after) =>
        client.PostAsJsonAsync(ManagementRoutes.For(ManagementRoutes.WebhookReplaying, id), new WebhookReplay { After = after }, ProtocolJson.Options);

    private async Task<WebhookView> StateAsync(string id, Func<WebhookView, bool> condition)
    {
        WebhookView Now() => connector.Get<WebhookService>().Get(id);
        Assert.True(await connector.Database.WaitUntilAsync(() => condition(Now()), Deadline.Limit, CancellationToken.None), $"it is {Now()}");
        return ProtocolJson.Read<WebhookView>(await client.GetByteArrayAsync(ManagementRoutes.For(ManagementRoutes.WebhookById, id)));
    }

    private Task AppendAsync(string kind, int number) => connector.Database.WriteAsync(unit => { connector.Get<EvidenceTrail>().Append(unit, kind, new { number }); });
}
