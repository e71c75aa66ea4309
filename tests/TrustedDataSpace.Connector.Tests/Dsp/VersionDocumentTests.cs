using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Dsp;

/// <summary>What a peer's version document may say. Each test asks anew; what was read before is forgotten.</summary>
public sealed class VersionDocumentTests(VersionDocumentTests.Reader reader) : IClassFixture<VersionDocumentTests.Reader>
{
    private readonly TestSpace space = reader.Space;

    [Theory]
    [InlineData("/dsp/2025-1", "/dsp/2025-1")]
    [InlineData("/some/other_path/", "/some/other_path")]
    [InlineData("/", "")]
    [InlineData("", "")]
    public async Task The_protocol_is_spoken_where_the_peer_says(string path, string expected)
    {
        space.Versions = Document(path);
        Assert.Equal(expected, await PathAsync());
    }

    [Fact]
    public async Task Our_version_is_chosen_among_others()
    {
        space.Versions = """{"protocolVersions":[{"version":"2024-1","path":"/old","binding":"HTTPS"},{"version":"2025-1","path":"/new","binding":"HTTPS","more":1}]}""";
        Assert.Equal("/new", await PathAsync());
    }

    [Fact]
    public async Task A_peer_of_other_versions_is_unsupported_and_what_it_speaks_is_told()
    {
        space.Versions = """{"protocolVersions":[{"version":"0.8","path":"/a","binding":"HTTPS"},{"version":"2024-1","path":"/b","binding":"HTTPS"}]}""";
        var refusal = await PathAsync().Refused();
        Assert.Equal(RefusalCode.Unsupported, refusal.Code);
        Assert.Contains("0.8, 2024-1", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dsp")]
    [InlineData("//elsewhere.example/dsp")]
    [InlineData("https://elsewhere.example/dsp")]
    [InlineData("/../other")]
    [InlineData("/dsp/./a")]
    [InlineData("/dsp/..")]
    [InlineData("/%2e%2e/other")]
    [InlineData("/dsp?x=1")]
    [InlineData("/dsp#x")]
    [InlineData("@elsewhere.example/")]
    [InlineData("\\\\elsewhere.example")]
    [InlineData("/a b")]
    public async Task A_path_that_is_more_than_a_path_is_refused(string path)
    {
        space.Versions = Document(path);
        Assert.Equal(RefusalCode.Malformed, (await PathAsync().Refused()).Code);
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("""{"protocolVersions":[]}""")]
    [InlineData("""{"protocolVersions":[{"version":"2025-1","path":"/a"}]}""")]
    [InlineData("""{"protocolVersions":[{"version":"2025-1","path":"/a","binding":"GRPC"}]}""")]
    [InlineData("""{"protocolVersions":null}""")]
    public async Task A_document_of_another_form_is_malformed(string document)
    {
        space.Versions = document;
        Assert.Equal(RefusalCode.Malformed, (await PathAsync().Refused()).Code);
    }

    [Fact]
    public async Task A_document_larger_than_64_KiB_is_not_read()
    {
        space.Versions = Document("/dsp") + new string(' ', 64 * 1024);
        var refusal = await PathAsync().Refused();
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
        Assert.Contains("longer than", refusal.Message, StringComparison.Ordinal);
    }

    internal static string Document(string path) => new JsonObject
    {
        ["protocolVersions"] = new JsonArray(new JsonObject { ["version"] = "2025-1", ["path"] = path, ["binding"] = "HTTPS" }),
    }.ToJsonString();

    private Task<string> PathAsync() =>
        ActivatorUtilities.CreateInstance<PeerVersions>(reader.Connector.Service<IServiceProvider>()).PathAsync(TestSpace.Peer, default).AsTask();

    /// <summary>A connector that reads them.</summary>
    public sealed class Reader : IAsyncLifetime
    {
        internal TestSpace Space { get; private set; } = null!;

        internal TestConnector Connector { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Space = await TestSpace.StartAsync();
            Connector = await TestConnector.StartAsync(Space);
        }

        public async ValueTask DisposeAsync()
        {
            await Connector.DisposeAsync();
            await Space.DisposeAsync();
        }
    }
}
