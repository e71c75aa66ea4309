using Dapper;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Assets;

public sealed class AssetServiceTests : IAsyncDisposable
{
    private readonly ConnectorUnderTest connector = new();

    private AssetService Assets => connector.Get<AssetService>();

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Source_is_found_with_its_headers()
    {
        await Assets.DefineAsync(Definitions.Asset());
        var source = Assets.SourceOf("meters");
        Assert.Equal("http://127.0.0.1:9000/data/", source.Base.AbsoluteUri);
        Assert.Equal("Bearer of-the-source", source.Headers["Authorization"]);
    }

    [Fact]
    public async Task Credential_stands_nowhere_in_clear()
    {
        var (view, _) = await Assets.DefineAsync(Definitions.Asset());
        var stored = connector.Database.Read(connection => connection.QuerySingle<string>("SELECT headers || header_names || source_url FROM assets"));
        Assert.DoesNotContain("of-the-source", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("of-the-source", view.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("of-the-source", Assets.SourceOf("meters").ToString(), StringComparison.Ordinal);
        Assert.Equal(["Authorization"], view.SourceHeaderNames);
    }

    [Fact]
    public async Task Sealed_headers_do_not_open_under_another_asset()
    {
        await Assets.DefineAsync(Definitions.Asset());
        await Assets.DefineAsync(Definitions.Asset("other"));
        await connector.Database.WriteAsync(unit => unit.Execute("UPDATE assets SET headers = (SELECT headers FROM assets WHERE id = 'meters') WHERE id = 'other'"));
        Assert.Throws<InvalidOperationException>(() => Assets.SourceOf("other"));
    }

    [Fact]
    public async Task New_credentials_count_at_once()
    {
        await Assets.DefineAsync(Definitions.Asset());
        Assets.SourceOf("meters");
        await Assets.DefineAsync(Definitions.Asset() with { SourceHeaders = new Dictionary<string, string> { ["X-Api-Key"] = "new" } });
        Assert.Equal("new", Assert.Single(Assets.SourceOf("meters").Headers).Value);
    }

    [Fact]
    public async Task Another_source_under_the_same_id_is_refused()
    {
        await Assets.DefineAsync(Definitions.Asset());
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Assets.DefineAsync(Definitions.Asset(url: "http://127.0.0.1:9001/")));
        Assert.Equal(RefusalCode.Conflict, refusal.Code);
        Assert.Equal(9000, Assets.SourceOf("meters").Base.Port);
    }

    [Theory]
    [InlineData("", "http://a.example/")]
    [InlineData("../x", "http://a.example/")]
    [InlineData("a", "ftp://a.example/")]
    [InlineData("a", "relative")]
    [InlineData("a", "http://user:pass@a.example/")]
    [InlineData("a", "http://a.example/?key=1")]
    [InlineData("a", "http://a.example/#x")]
    public async Task Asset_that_is_not_well_formed_is_refused(string id, string url)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Assets.DefineAsync(Definitions.Asset(id, url)));
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
    }

    [Theory]
    [InlineData("Host", "x")]
    [InlineData("Transfer-Encoding", "chunked")]
    [InlineData("X Y", "x")]
    [InlineData("X", "a\r\nInjected: 1")]
    public async Task Header_that_could_split_or_redirect_the_request_is_refused(string name, string value)
    {
        var asset = Definitions.Asset() with { SourceHeaders = new Dictionary<string, string> { [name] = value } };
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Assets.DefineAsync(asset));
        Assert.DoesNotContain("Injected", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_problems_are_told_at_once()
    {
        var asset = new AssetDefinition { Id = "?", SourceUrl = "?", SourceHeaders = new Dictionary<string, string> { ["Host"] = "x" } };
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Assets.DefineAsync(asset));
        Assert.Equal(["id", "sourceUrl", "sourceHeaders['Host']"], refusal.Reasons.Select(reason => reason.Term));
    }

    [Fact]
    public async Task Pages_cover_every_asset_once()
    {
        foreach (var id in new[] { "c", "a", "b" })
        {
            await Assets.DefineAsync(Definitions.Asset(id));
        }

        var first = Assets.List(new PageRequest { Limit = 2 });
        var second = Assets.List(new PageRequest { Limit = 2, Cursor = first.Next });
        Assert.Equal(["a", "b", "c"], first.Items.Concat(second.Items).Select(asset => asset.Id));
        Assert.Null(second.Next);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(201, null)]
    [InlineData(10, "?")]
    public void Page_beyond_the_limits_is_refused(int limit, string? cursor)
    {
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => Assets.List(new PageRequest { Limit = limit, Cursor = cursor })).Code);
    }
}
