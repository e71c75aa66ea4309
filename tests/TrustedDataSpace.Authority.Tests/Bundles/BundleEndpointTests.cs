using System.Net;
using System.Net.Http.Headers;
using TrustedDataSpace.Hosting.Bundles;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Bundles;

public sealed class BundleEndpointTests
{
    private const string Memberships = "package tds.membership\n\ndecision := {\"result\": \"review\", \"reasons\": []}\n";

    [Fact]
    public async Task Anybody_gets_the_signed_policies_and_304_while_they_are_the_same()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(authority.Url + AuthorityRoutes.SpaceBundle);

        var bundle = BundleSignature.Verify(await answer.Content.ReadAsStreamAsync(), [await authority.KeyAsync()], AuthorityUnderTest.Space);

        Assert.Equal(PolicyBundle.BuiltIn().Revision, bundle.Revision);
        using var again = new HttpRequestMessage(HttpMethod.Get, authority.Url + AuthorityRoutes.SpaceBundle);
        again.Headers.IfNoneMatch.Add(Assert.IsType<EntityTagHeaderValue>(answer.Headers.ETag));
        Assert.Equal(HttpStatusCode.NotModified, (await http.SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task The_spaces_own_folder_is_published_and_a_new_revision_is_evidence_once()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["policies"]);
        await File.WriteAllTextAsync(folder["policies/.manifest"], """{"roots":["tds"]}""");
        await File.WriteAllTextAsync(folder["policies/membership.rego"], Memberships);
        for (var start = 0; start < 3; start++)
        {
            await File.WriteAllTextAsync(folder["policies/a.rego"], start == 0 ? "package tds\n\ndecision := {}\n" : "package tds\n\ndecision := {\"allow\": false}\n");
            await using var authority = await AuthorityUnderTest.StartAsync(folder, change: settings => settings with { Policies = new() { Folder = folder["policies"] } });
            Assert.True(await authority.Database.WaitUntilAsync(() => authority.Trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));

            var page = await authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 100), AuthorityUnderTest.Operator);

            Assert.Equal(Math.Min(start + 1, 2), page.Items.Count(entry => entry.Kind == EvidenceKinds.BundlePublished));
        }
    }

    [Theory]
    [InlineData(null, ".manifest")]
    [InlineData("package tds\n\ndecision := missing\n", "missing")]
    [InlineData("package tds\n", "data.tds.decision")]
    public async Task Policies_that_connectors_could_not_load_stop_the_start(string? module, string named)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["policies"]);
        if (module is not null)
        {
            await File.WriteAllTextAsync(folder["policies/.manifest"], """{"roots":["tds"]}""");
            await File.WriteAllTextAsync(folder["policies/a.rego"], module);
        }

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            AuthorityUnderTest.StartAsync(folder, change: settings => settings with { Policies = new() { Folder = folder["policies"] } }));

        Assert.Contains(named, failure.Message);
    }

    [Fact]
    public async Task Question_is_held_until_there_is_another_bundle()
    {
        using var folder = Space("package tds\n\ndecision := {\"allow\": false}\n");
        await using var authority = await StartAsync(folder);
        using var http = new HttpClient();
        using var first = await AskAsync(http, authority);
        Assert.Equal("application/vnd.openpolicyagent.bundles", first.Content.Headers.ContentType!.MediaType);
        var before = await BundleOfAsync(first, authority);

        // As OPA asks.
        var asked = AskAsync(http, authority, first.Headers.ETag, "modes=snapshot,delta;wait=60");
        await File.WriteAllTextAsync(folder["policies/a.rego"], "package tds\n\ndecision := {\"allow\": false, \"other\": true}\n");

        using var news = await asked.Within("the next bundle");
        Assert.Equal(HttpStatusCode.OK, news.StatusCode);
        Assert.NotEqual(before.Revision, (await BundleOfAsync(news, authority)).Revision);
    }

    [Fact]
    public async Task Question_without_news_is_answered_304_after_its_wait()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var http = new HttpClient();
        using var first = await AskAsync(http, authority);
        using var again = await AskAsync(http, authority, first.Headers.ETag, "modes=snapshot,delta;wait=1");
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);

        // OPA looks at the type to know whether its next question will be held.
        Assert.Equal("application/vnd.openpolicyagent.bundles", again.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Who_has_another_bundle_does_not_wait()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        using var http = new HttpClient();
        using var answer = await AskAsync(http, authority, new EntityTagHeaderValue("\"another\""), "wait=60").Within("an answer at once");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Waiting_questions_do_not_hold_up_the_end()
    {
        var authority = await AuthorityUnderTest.StartAsync();
        using var http = new HttpClient();
        using var first = await AskAsync(http, authority);
        var asked = AskAsync(http, authority, first.Headers.ETag, "wait=60");
        await authority.WaitingAsync().Within("the question");
        await authority.DisposeAsync().AsTask().Within("the end");
        Assert.Equal(HttpStatusCode.NotModified, (await asked.Within("the answer")).StatusCode);
    }

    [Fact]
    public async Task Change_that_no_connector_could_load_is_not_published_and_the_next_good_one_is()
    {
        using var folder = Space("package tds\n\ndecision := {\"allow\": false}\n");
        await using var authority = await StartAsync(folder);
        using var http = new HttpClient();
        using var first = await AskAsync(http, authority);
        await File.WriteAllTextAsync(folder["policies/a.rego"], "package tds\n\ndecision := missing\n");
        await File.WriteAllTextAsync(folder["policies/b.rego"], "package other\n");
        using var still = await AskAsync(http, authority, first.Headers.ETag, "wait=2");
        Assert.Equal(HttpStatusCode.NotModified, still.StatusCode);

        var asked = AskAsync(http, authority, first.Headers.ETag, "wait=60");
        File.Delete(folder["policies/b.rego"]);
        await File.WriteAllTextAsync(folder["policies/a.rego"], "package tds\n\ndecision := {\"allow\": false, \"good\": true}\n");
        Assert.Equal(HttpStatusCode.OK, (await asked.Within("the good one")).StatusCode);
    }

    [Fact]
    public async Task Time_of_publication_never_goes_back()
    {
        using var folder = Space("package tds\n\ndecision := {\"allow\": false}\n");
        var clock = new ManualClock();
        DateTimeOffset first;
        using var http = new HttpClient();
        await using (var before = await StartAsync(folder, clock))
        {
            first = BundleSignature.IssuedAt(await BundleOfAsync(await AskAsync(http, before), before));
            Assert.Equal(clock.GetUtcNow(), first);
        }

        clock.Advance(TimeSpan.FromHours(-1));
        await using var after = await StartAsync(folder, clock);
        Assert.Equal(first, BundleSignature.IssuedAt(await BundleOfAsync(await AskAsync(http, after), after)));
    }

    private static TempFolder Space(string module)
    {
        var folder = new TempFolder();
        Directory.CreateDirectory(folder["policies"]);
        File.WriteAllText(folder["policies/.manifest"], """{"roots":["tds"]}""");
        File.WriteAllText(folder["policies/membership.rego"], Memberships);
        File.WriteAllText(folder["policies/a.rego"], module);
        return folder;
    }

    private static Task<AuthorityUnderTest> StartAsync(TempFolder folder, ManualClock? clock = null) =>
        AuthorityUnderTest.StartAsync(folder, clock, settings => settings with { Policies = new() { Folder = folder["policies"] } });

    private static async Task<HttpResponseMessage> AskAsync(HttpClient http, AuthorityUnderTest authority, EntityTagHeaderValue? known = null, string? prefer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, authority.Url + AuthorityRoutes.SpaceBundle);
        if (known is not null)
        {
            request.Headers.IfNoneMatch.Add(known);
        }

        if (prefer is not null)
        {
            request.Headers.TryAddWithoutValidation("Prefer", prefer);
        }

        return await http.SendAsync(request);
    }

    private static async Task<PolicyBundle> BundleOfAsync(HttpResponseMessage answer, AuthorityUnderTest authority) =>
        BundleSignature.Verify(await answer.Content.ReadAsStreamAsync(), [await authority.KeyAsync()], AuthorityUnderTest.Space);
}
