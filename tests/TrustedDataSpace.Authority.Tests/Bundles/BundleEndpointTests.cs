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
}
