using Dapper;
using TrustedDataSpace.Connector.Tests.Identity;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies;

public sealed class PolicyClientTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private TokenIssuer authority = null!;

    public async ValueTask InitializeAsync() => authority = await TokenIssuer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await authority.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Published_bundle_decides()
    {
        authority.Bundle = authority.Signed(PolicyBundle.BuiltIn());
        await using var connector = await StartAsync(authority.Url);
        Assert.Equal(PolicyBundle.BuiltIn().Revision, await RevisionAsync(connector));

        // From now on evidence names it, too.
        await UsedAsync(connector);
        var entry = await connector.Database.WriteAsync(unit => connector.Get<EvidenceTrail>().Append(unit, "test.done", new { }));
        Assert.Equal(PolicyBundle.BuiltIn().Revision, entry.Policy);
    }

    [Fact]
    public async Task Bundle_decides_after_a_start_without_the_authority()
    {
        authority.Bundle = authority.Signed(PolicyBundle.BuiltIn());
        await using (var before = await StartAsync(authority.Url))
        {
            await UsedAsync(before);
        }

        await authority.DisposeAsync();
        await using var after = await StartAsync("http://127.0.0.1:1");
        Assert.Equal(PolicyBundle.BuiltIn().Revision, await RevisionAsync(after));
    }

    [Fact]
    public Task Bundle_signed_by_a_stranger_never_decides() => NeverDecidesAsync(authority.Signed(PolicyBundle.BuiltIn(), key: authority.Stranger));

    [Fact]
    public Task Bundle_of_another_space_never_decides() => NeverDecidesAsync(authority.Signed(PolicyBundle.BuiltIn(), space: "another"));

    [Fact]
    public Task Bundle_without_signature_never_decides() => NeverDecidesAsync(Unsigned());

    [Fact]
    public async Task Altered_bundle_never_decides()
    {
        var altered = authority.Signed(PolicyBundle.BuiltIn());
        altered[altered.Length / 2] ^= 1;
        await NeverDecidesAsync(altered);
    }

    [Fact]
    public async Task Altered_archive_on_disk_is_not_used()
    {
        authority.Bundle = authority.Signed(PolicyBundle.BuiltIn());
        await using (var before = await StartAsync(authority.Url))
        {
            await UsedAsync(before);
        }

        authority.Bundle = null;
        await File.WriteAllBytesAsync(folder["data/policy-bundle.tar.gz"], Unsigned());
        await using var after = await StartAsync(authority.Url);
        await authority.BundleAskedForAgainAsync().Within("an attempt after the archive was looked at");
        Assert.Equal("none", after.Get<IPolicyEngine>().Revision);
    }

    [Fact]
    public async Task Publication_decides_at_once_and_not_only_when_the_authority_is_asked_again()
    {
        authority.HoldsQuestions = true;
        authority.Bundle = authority.Signed(PolicyBundle.BuiltIn());
        await using var connector = await StartAsync(authority.Url);
        await RevisionAsync(connector);
        await authority.HeldAsync().Within("a question that is held");

        var next = PolicyBundle.BuiltIn().With(new BundleFile("layers/city/city.rego", "package tds.layers.city\n\ndeny := set()\n"));
        var published = TimeProvider.System.GetTimestamp();
        authority.Bundle = authority.Signed(next);
        await UsedAsync(connector, next.Revision);

        // On an idle machine it is some milliseconds; a loaded one must still be far from the interval.
        Assert.Equal(next.Revision, connector.Get<IPolicyEngine>().Revision);
        Assert.InRange(TimeProvider.System.GetElapsedTime(published), TimeSpan.Zero, new PolicyOptions().PollInterval / 3);
    }

    [Fact]
    public async Task Older_bundle_does_not_come_back()
    {
        var now = TimeProvider.System.GetUtcNow();
        var older = PolicyBundle.BuiltIn().With(new BundleFile("layers/city/city.rego", "package tds.layers.city\n\ndeny := set()\n"));
        authority.HoldsQuestions = true;
        authority.Bundle = authority.Signed(PolicyBundle.BuiltIn(), issuedAt: now);
        await using (var connector = await StartAsync(authority.Url))
        {
            await UsedAsync(connector);
            authority.Bundle = authority.Signed(older, issuedAt: now.AddSeconds(-5));
            await authority.BundleAskedForAgainAsync().Within("the second attempt");
            Assert.Equal(PolicyBundle.BuiltIn().Revision, connector.Get<IPolicyEngine>().Revision);
        }

        // Nor after a start: the kept archive tells its time.
        await using var again = await StartAsync(authority.Url);
        await authority.BundleAskedForAgainAsync().Within("the second attempt after the start");
        Assert.Equal(PolicyBundle.BuiltIn().Revision, again.Get<IPolicyEngine>().Revision);

        authority.Bundle = authority.Signed(older, issuedAt: now.AddSeconds(5));
        await UsedAsync(again, older.Revision);
    }

    [Fact]
    public async Task Own_rules_are_a_layer_that_is_taken_over_when_it_changes_and_stays_when_it_is_bad()
    {
        Directory.CreateDirectory(folder["own"]);
        await File.WriteAllTextAsync(folder["own/own.rego"], Own(1));
        authority.HoldsQuestions = true;
        authority.Bundle = authority.Signed(PolicyBundle.BuiltIn());
        await using var connector = new ConnectorUnderTest(authority.Url, folder: folder, policies: new PolicyOptions { Own = folder["own"] });
        await connector.StartAsync();
        var first = OwnRules.Over(PolicyBundle.BuiltIn(), folder["own"]).Revision;
        await UsedAsync(connector, first);

        // A bad file changes nothing; the good one after it does.
        await File.WriteAllTextAsync(folder["own/own.rego"], "package tds.layers.space\n\ndeny := set()\n");
        await File.WriteAllTextAsync(folder["own/own.rego"], "package tds.layers.own\n\ndeny := missing\n");
        Assert.Equal(first, connector.Get<IPolicyEngine>().Revision);
        await File.WriteAllTextAsync(folder["own/own.rego"], Own(2));
        var second = OwnRules.Over(PolicyBundle.BuiltIn(), folder["own"]).Revision;
        await UsedAsync(connector, second);

        // The next bundle of the space gets the same layer.
        var next = PolicyBundle.BuiltIn().With(new BundleFile("layers/city/city.rego", "package tds.layers.city\n\ndeny := set()\n"));
        authority.Bundle = authority.Signed(next);
        await UsedAsync(connector, OwnRules.Over(next, folder["own"]).Revision);
    }

    [Fact]
    public void Settings_of_own_rules_are_checked()
    {
        Assert.Contains("Policies:Own", Assert.Single(new PolicyOptions { Own = folder["missing"] }.Problems()), StringComparison.Ordinal);
        Assert.Contains("own layer", Assert.Single(new PolicyOptions { Own = folder.Path, Engine = PolicyEngineKind.Opa, Opa = new() { Url = "http://127.0.0.1:1" } }.Problems()), StringComparison.Ordinal);
    }

    private static string Own(int number) => $"package tds.layers.own\n\ndeny contains {{\"message\": \"{number}\"}} if input.stage == \"none\"\n";

    // After a refused bundle, the next good one decides: so the refusal is about the bundle.
    private async Task NeverDecidesAsync(byte[] refused)
    {
        authority.Bundle = refused;
        await using var connector = await StartAsync(authority.Url);
        await authority.BundleAskedForAgainAsync().Within("the second attempt");
        Assert.Equal("none", connector.Get<IPolicyEngine>().Revision);
        authority.Bundle = authority.Signed(PolicyBundle.BuiltIn());
        Assert.Equal(PolicyBundle.BuiltIn().Revision, await RevisionAsync(connector));
    }

    private static byte[] Unsigned()
    {
        using var archive = new MemoryStream();
        PolicyBundle.BuiltIn().WriteArchive(archive);
        return archive.ToArray();
    }

    private async Task<ConnectorUnderTest> StartAsync(string authorityUrl)
    {
        var connector = new ConnectorUnderTest(authorityUrl, folder: folder);
        await connector.StartAsync();
        return connector;
    }

    // The row is written last: when it is there, the archive is kept.
    private static async Task UsedAsync(ConnectorUnderTest connector, string? revision = null) => Assert.True(
        await connector.Database.WaitUntilAsync(
            () => connector.Database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT revision FROM policy_revision")) is { } used && (revision is null || used == revision),
            Deadline.Limit,
            default),
        "no bundle");

    private static async Task<string> RevisionAsync(ConnectorUnderTest connector)
    {
        await connector.Database.WaitUntilAsync(() => connector.Get<IPolicyEngine>().Revision != "none", Deadline.Limit, default);
        return connector.Get<IPolicyEngine>().Revision;
    }
}
