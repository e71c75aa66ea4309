using System.Net;
using Dapper;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Requests;

/// <summary>A request that is sent again with its key is done once, over real HTTP.</summary>
public sealed class IdempotencyKeyTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private ThingService service = null!;

    public async ValueTask InitializeAsync() => service = await ThingService.StartAsync(folder, clock);

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task The_same_request_gets_the_same_answer_and_is_done_once()
    {
        using var first = await service.PostAsync("/things", "red", key: "k1");
        using var again = await service.PostAsync("/things", "red", key: "k1");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, again.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal((first.Headers.Location, first.Content.Headers.ContentType), (again.Headers.Location, again.Content.Headers.ContentType));
        Assert.Equal((false, true), (first.IsReplay(), again.IsReplay()));
        Assert.Equal(1, service.Count("thing.made"));
        using var other = await service.PostAsync("/things", "red", key: "k2");
        Assert.Equal(2, service.Count("thing.made"));
    }

    [Theory]
    [InlineData("/things", "blue")]
    [InlineData("/things?shelf=1", "red")]
    [InlineData("/secrets", "red")]
    public async Task A_key_belongs_to_one_request(string route, string color)
    {
        (await service.PostAsync("/things", "red", key: "k1")).Dispose();
        using var refused = await service.PostAsync(route, color, key: "k1");
        Assert.Equal((HttpStatusCode.Conflict, "Idempotency-Key"), (refused.StatusCode, (await refused.JsonAsync()).GetProperty("where").GetString()));
        Assert.Equal(1, service.Count("thing.made"));
    }

    // The subject of the owner is "management", too.
    [Fact]
    public async Task A_key_is_its_callers_own_also_where_another_has_the_same_name()
    {
        var other = await service.TokenAsync("management");
        using var own = await service.PostAsync("/secrets", "red", key: "k1");
        using var others = await service.PostAsync("/secrets", "red", key: "k1", bearer: other);
        Assert.False(others.IsReplay());
        Assert.NotEqual(await own.Content.ReadAsStringAsync(), await others.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_second_one_at_the_same_time_is_told_to_wait()
    {
        var (entered, leave) = (new TaskCompletionSource(), new TaskCompletionSource());
        service.Before = () =>
        {
            entered.SetResult();
            return leave.Task;
        };
        var first = service.PostAsync("/things", "red", key: "k1");
        await entered.Task.Within("the first request");
        using var second = await service.PostAsync("/things", "red", key: "k1");
        Assert.Equal((HttpStatusCode.Conflict, "1"), (second.StatusCode, second.Headers.RetryAfter!.ToString()));
        leave.SetResult();
        (await first).Dispose();
        using var third = await service.PostAsync("/things", "red", key: "k1");
        Assert.True(third.IsReplay());
        Assert.Equal(1, service.Count("thing.made"));
    }

    [Fact]
    public async Task A_refused_request_keeps_nothing_and_its_key_is_free()
    {
        using var refused = await service.PostAsync("/things", "invisible", key: "k1");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(0, Keys());
        using var other = await service.PostAsync("/things", "red", key: "k1");
        Assert.Equal(HttpStatusCode.Created, other.StatusCode);
    }

    [Fact]
    public async Task A_denial_that_is_recorded_is_no_effect_and_is_said_again()
    {
        using var made = await service.PostAsync("/things", "red");
        for (var times = 0; times < 2; times++)
        {
            using var denied = await service.PostAsync(made.Headers.Location + "/paint", "forbidden", key: "k1");
            Assert.Equal((HttpStatusCode.Forbidden, false), (denied.StatusCode, denied.IsReplay()));
        }

        Assert.Equal((2, 0), (service.Count("decision.denied"), Keys()));
    }

    [Fact]
    public async Task A_request_that_only_asks_keeps_nothing()
    {
        (await service.PostAsync("/questions", "red", key: "k1")).Dispose();
        Assert.Equal(0, Keys());
    }

    [Fact]
    public async Task The_answer_outlives_the_service()
    {
        using var first = await service.PostAsync("/things", "red", key: "k1");
        await service.DisposeAsync();
        service = await ThingService.StartAsync(folder, clock);
        using var again = await service.PostAsync("/things", "red", key: "k1");
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(1, service.Count("thing.made"));
    }

    // What a kill between commit and answer leaves: the effect with its key, and no answer.
    [Fact]
    public async Task When_the_answer_was_lost_what_was_made_is_shown_as_it_is_now()
    {
        service.After = () => throw new InvalidOperationException("the service ends");
        using var lost = await service.PostAsync("/things", "red", key: "k1");
        Assert.Equal(HttpStatusCode.InternalServerError, lost.StatusCode);
        await service.DisposeAsync();
        service = await ThingService.StartAsync(folder, clock);
        using var again = await service.PostAsync("/things", "red", key: "k1");
        Assert.Equal((HttpStatusCode.OK, true), (again.StatusCode, again.IsReplay()));
        Assert.Equal("red", (await again.JsonAsync()).GetProperty("color").GetString());
        using var shown = await service.GetAsync(again.Headers.Location!.ToString());
        Assert.Equal(await shown.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(1, service.Count("thing.made"));
    }

    [Fact]
    public async Task When_the_answer_of_a_step_was_lost_what_it_was_done_to_is_shown()
    {
        using var made = await service.PostAsync("/things", "red");
        service.After = () => throw new InvalidOperationException("the service ends");
        (await service.PostAsync(made.Headers.Location + "/paint", "blue", key: "k1")).Dispose();
        using var again = await service.PostAsync(made.Headers.Location + "/paint", "blue", key: "k1");
        Assert.Equal((HttpStatusCode.OK, "blue"), (again.StatusCode, (await again.JsonAsync()).GetProperty("color").GetString()));
        Assert.Equal(1, service.Count("thing.painted"));
    }

    [Fact]
    public async Task When_the_answer_was_lost_and_nothing_can_be_shown_it_says_so_and_does_nothing_again()
    {
        service.After = () => throw new InvalidOperationException("the service ends");
        (await service.PostAsync("/secrets", "red", key: "k1")).Dispose();
        service.After = () => Task.CompletedTask;
        using var again = await service.PostAsync("/secrets", "red", key: "k1");
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Contains("with a new key", (await again.JsonAsync()).GetProperty("remedy").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_in_an_answer_is_kept_sealed()
    {
        using var first = await service.PostAsync("/secrets", "red", key: "k1");
        var secret = (await first.JsonAsync()).GetProperty("secret").GetString()!;
        using var again = await service.PostAsync("/secrets", "red", key: "k1");
        Assert.Equal(secret, (await again.JsonAsync()).GetProperty("secret").GetString());
        var stored = service.Database.Read(connection => connection.QuerySingle<string>("SELECT answer FROM idempotency_keys"));
        Assert.DoesNotContain("very-secret", System.Text.Encoding.Latin1.GetString(Convert.FromBase64String(stored)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_its_time_a_key_is_new_and_old_ones_are_forgotten()
    {
        (await service.PostAsync("/things", "red", key: "k1")).Dispose();
        (await service.PostAsync("/things", "red", key: "k2")).Dispose();
        clock.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        using var other = await service.PostAsync("/things", "blue", key: "k1");
        Assert.Equal(HttpStatusCode.Created, other.StatusCode);
        Assert.False(other.IsReplay());
        Assert.Equal(1, Keys());
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        using var refused = await service.PostAsync("/things", "red", key: key);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(0, service.Count("thing.made"));
    }

    private long Keys() => service.Database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM idempotency_keys"));
}
