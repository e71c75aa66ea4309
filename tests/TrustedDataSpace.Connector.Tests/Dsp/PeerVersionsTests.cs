using System.Net;
using System.Text.Json.Nodes;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Dsp;

public sealed class PeerVersionsTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task A_peer_without_a_document_does_not_speak_the_protocol()
    {
        // Its endpoint exists, but nothing is served there.
        var refusal = await connector.Service<PeerVersions>().PathAsync(TestSpace.Stranger, default).AsTask().Refused();
        Assert.Equal(RefusalCode.Unsupported, refusal.Code);
    }

    [Fact]
    public async Task The_answer_is_kept_for_ten_minutes()
    {
        Assert.Equal("/dsp/2025-1", await PathAsync());
        space.Versions = Document("/changed");
        Assert.Equal("/dsp/2025-1", await PathAsync());
    }

    [Fact]
    public async Task After_a_restart_a_peer_that_cannot_be_asked_is_called_where_it_was()
    {
        space.Versions = Document("/some/path");
        Assert.Equal("/some/path", await PathAsync());
        space.VersionsFail = true;
        await connector.RestartAsync();
        Assert.Equal("/some/path", await PathAsync());

        space.VersionsFail = false;
        space.Versions = Document("/changed");
        Assert.Equal("/changed", await PathAsync());
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_peer_without_a_common_version()
    {
        space.Versions = """{"protocolVersions":[{"version":"2024-1","path":"/dsp/2025-1","binding":"HTTPS"}]}""";
        var start = new JsonObject { ["provider"] = TestSpace.Peer, ["datasetId"] = "d1", ["offerId"] = "offer:1" };
        var (status, problem) = await connector.CallAsync(HttpMethod.Post, ManagementRoutes.Negotiations, start, TestConnector.ManagementToken);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("It speaks: 2024-1", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_message_goes_to_the_path_of_the_version_document()
    {
        space.Versions = Document("/dsp/2025-1");
        var begun = await connector.ManageAsync<NegotiationView>(HttpMethod.Post, ManagementRoutes.Negotiations, new { provider = TestSpace.Peer, datasetId = "d1", offerId = "offer:1" });
        var (path, message) = await space.NextAsync();
        Assert.Equal(DspRoutes.NegotiationRequest, path);
        Assert.Equal(begun.Id, message.GetProperty("consumerPid").GetString());
    }

    private static string Document(string path) => VersionDocumentTests.Document(path);

    private Task<string> PathAsync() => connector.Service<PeerVersions>().PathAsync(TestSpace.Peer, default).AsTask();
}
