using Dapper;
using TrustedDataSpace.Connector.Tests.Identity;
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
    private static async Task UsedAsync(ConnectorUnderTest connector) => Assert.True(
        await connector.Database.WaitUntilAsync(
            () => connector.Database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT revision FROM policy_revision")) is not null,
            Deadline.Limit,
            default),
        "no bundle");

    private static async Task<string> RevisionAsync(ConnectorUnderTest connector)
    {
        await connector.Database.WaitUntilAsync(() => connector.Get<IPolicyEngine>().Revision != "none", Deadline.Limit, default);
        return connector.Get<IPolicyEngine>().Revision;
    }
}
