using System.Net;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Requests;

/// <summary>Entity tags over real HTTP: nobody changes what has changed since it was looked at.</summary>
public sealed class PreconditionTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private ThingService service = null!;
    private string thing = "";

    public async ValueTask InitializeAsync()
    {
        service = await ThingService.StartAsync(folder);
        using var made = await service.PostAsync("/things", "red");
        thing = made.Headers.Location!.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task What_is_shown_has_a_tag_that_changes_with_it()
    {
        var tag = await TagAsync();
        Assert.Equal(tag, await TagAsync());
        using var same = await service.GetAsync(thing, ifNoneMatch: tag);
        Assert.Equal((HttpStatusCode.NotModified, ""), (same.StatusCode, await same.Content.ReadAsStringAsync()));
        (await service.PostAsync(thing + "/paint", "blue")).Dispose();
        using var changed = await service.GetAsync(thing, ifNoneMatch: tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task A_step_with_the_present_tag_is_taken_and_one_with_an_old_tag_is_not()
    {
        var tag = await TagAsync();
        using var taken = await service.PostAsync(thing + "/paint", "blue", ifMatch: tag);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        using var refused = await service.PostAsync(thing + "/paint", "green", ifMatch: tag);
        var problem = await refused.JsonAsync();
        Assert.Equal((HttpStatusCode.PreconditionFailed, "precondition_failed", "If-Match"), (refused.StatusCode, problem.GetProperty("code").GetString(), problem.GetProperty("where").GetString()));
        Assert.Equal($"GET {thing}, and decide again", problem.GetProperty("remedy").GetString());
        Assert.Equal(1, service.Count("thing.painted"));
    }

    [Theory]
    [InlineData("*", HttpStatusCode.OK)]
    [InlineData("\"0\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("nonsense", HttpStatusCode.PreconditionFailed)]
    public async Task Any_tag_matches_a_star_and_nothing_else(string tag, HttpStatusCode status)
    {
        using var answer = await service.PostAsync(thing + "/paint", "blue", ifMatch: tag);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_weak_tag_changes_nothing()
    {
        using var answer = await service.PostAsync(thing + "/paint", "blue", ifMatch: "W/" + await TagAsync());
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
    }

    [Fact]
    public async Task What_happens_between_the_look_and_the_command_is_seen()
    {
        var tag = await TagAsync();
        service.Before = () => service.HappenAsync(thing.Split('/')[^1], "blue");
        using var refused = await service.PostAsync(thing + "/paint", "green", ifMatch: tag);
        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
        Assert.Equal(1, service.Count("thing.painted"));
        using var shown = await service.GetAsync(thing);
        Assert.Equal("blue", (await shown.JsonAsync()).GetProperty("color").GetString());
    }

    [Fact]
    public async Task What_happens_to_others_meanwhile_does_not_matter()
    {
        var tag = await TagAsync();
        service.Before = () => service.HappenAsync("another", "blue");
        using var taken = await service.PostAsync(thing + "/paint", "green", ifMatch: tag);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task A_condition_that_cannot_be_looked_at_is_refused_and_not_passed_over()
    {
        using var refused = await service.PostAsync("/things", "red", ifMatch: "*");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        using var unknown = await service.PostAsync("/things/none/paint", "red", ifMatch: "*");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_request_that_is_sent_again_gets_its_answer_although_its_tag_is_old()
    {
        var tag = await TagAsync();
        (await service.PostAsync(thing + "/paint", "blue", key: "k1", ifMatch: tag)).Dispose();
        using var again = await service.PostAsync(thing + "/paint", "blue", key: "k1", ifMatch: tag);
        Assert.Equal((HttpStatusCode.OK, true), (again.StatusCode, again.IsReplay()));
        Assert.Equal(1, service.Count("thing.painted"));
    }

    private async Task<string> TagAsync()
    {
        using var shown = await service.GetAsync(thing);
        return shown.Headers.ETag!.ToString();
    }
}
