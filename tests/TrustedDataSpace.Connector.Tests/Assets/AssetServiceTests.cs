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

    [Fact]
    public async Task Servers_are_replaced_one_by_one()
    {
        static AssetDefinition On(int first, params int[] others) =>
            Definitions.Asset(url: $"http://127.0.0.1:{first}/data/") with { Source = new() { Destinations = [.. others.Select(port => $"http://127.0.0.1:{port}/data/")] } };

        await Assets.DefineAsync(On(9000, 9001));
        await Assets.DefineAsync(On(9001, 9002));
        Assert.Equal([9001, 9002], Assets.SourceOf("meters").Servers.Select(server => server.Port));
        Assert.Equal(RefusalCode.Conflict, (await Assert.ThrowsAsync<RefusalException>(() => Assets.DefineAsync(On(9000)))).Code);
    }

    [Fact]
    public async Task What_was_said_about_a_source_is_shown_and_kept()
    {
        var asset = Definitions.Asset() with { Source = new() { Probe = new() { Path = "/health" }, HttpVersion = "2" }, Rules = new() { Methods = ["POST"], Query = new Dictionary<string, IReadOnlyList<string>> { ["day"] = ["2026-*"] } } };
        await Assets.DefineAsync(asset);
        var (view, _) = Assets.Get("meters");
        Assert.Equal(("/health", "2", "POST", "2026-*"), (view.Source?.Probe?.Path, view.Source?.HttpVersion, view.Rules?.Methods[0], view.Rules?.Query?["day"][0]));
        Assert.Equal("POST", Assets.SourceOf("meters").Rules.Methods[0]);
        await Assets.DefineAsync(Definitions.Asset());
        Assert.Null(Assets.Get("meters").Asset.Rules);
        Assert.Equal(["GET", "HEAD"], Assets.SourceOf("meters").Rules.Methods);
    }

    [Fact]
    public async Task A_source_that_the_proxy_would_not_take_is_refused_with_everything_that_is_wrong()
    {
        var asset = Definitions.Asset() with
        {
            Source = new()
            {
                Destinations = ["http://user:pass@b.example", "HTTP://127.0.0.1:9000/DATA"],
                LoadBalancing = "best",
                HttpVersion = "3",
                FailureRate = double.NaN,
                RecoverySeconds = 0,
                ConnectSeconds = 61,
                SilenceSeconds = 101,
                Probe = new() { Path = "health", IntervalSeconds = 0, TimeoutSeconds = 61, Failures = 0 },
            },
            Rules = new() { Methods = ["GET", "TRACE"], Paths = ["/a/../b"], Query = new Dictionary<string, IReadOnlyList<string>> { ["a&b"] = [] }, LargestRequest = -1, LargestResponse = 0 },
        };
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Assets.DefineAsync(asset));
        Assert.Equal(
            [
                "source.destinations[0]", "source.destinations[1]", "source.loadBalancing", "source.httpVersion", "source.failureRate", "source.recoverySeconds", "source.connectSeconds", "source.silenceSeconds",
                "source.probe.path", "source.probe.intervalSeconds", "source.probe.timeoutSeconds", "source.probe.failures",
                "rules.methods", "rules.paths[0]", "rules.query['a&b']", "rules.largestRequest", "rules.largestResponse",
            ],
            refusal.Reasons.Select(reason => reason.Term));
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
