using System.Net.Http.Json;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Credentials;

/// <summary>Callers that are neither members nor issuers: nothing is fetched, asked or remembered on their account.</summary>
public sealed class StrangerTests : IAsyncLifetime
{
    private readonly Register register = new();
    private DcpConnector connector = null!;

    public async ValueTask InitializeAsync() => connector = await DcpConnector.StartAsync(directory: register, hearsAll: false);

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Stranger_is_refused_before_anything_is_fetched_and_its_tokens_take_no_place()
    {
        var token = connector.Kit.Holder.Token(connector.Did, "t1");
        for (var i = 0; i < 2; i++)
        {
            var (status, body) = await CatalogAsync(token);

            // The second time, too: a token that was remembered would be refused for its jti.
            var text = System.Text.Encoding.UTF8.GetString(body);
            Assert.Equal(401, status);
            Assert.Contains("is not proven", text, StringComparison.Ordinal);
            Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
            Assert.DoesNotContain("member of the space", text, StringComparison.Ordinal);
        }

        Assert.Empty(connector.Kit.Queries);
        Assert.Equal(0, connector.Kit.DocumentsRead);
        Assert.Equal(1, register.Asked);
        connector.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(401, (await CatalogAsync(connector.Kit.Holder.Token(connector.Did, "t1"))).Status);
        Assert.Equal(2, register.Asked);
    }

    [Fact]
    public async Task Issuer_is_heard_once_this_participant_has_asked_it()
    {
        var third = connector.Kit.ThirdParty;
        var message = new CredentialMessage { IssuerPid = "i", HolderPid = "none", Status = CredentialMessage.Rejected };
        Assert.Equal(401, (await connector.SendAsync(DcpRoutes.Credentials, message, third.Token(connector.Did))).Status);

        using var management = connector.Connector.Management();
        using var asked = await management.PostAsJsonAsync(
            ManagementRoutes.CredentialRequests, new CredentialRequestStart { Issuer = third.Did.Value, Credentials = ["membership"] }, ProtocolJson.Options);
        Assert.Equal(201, (int)asked.StatusCode);
        connector.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(404, (await connector.SendAsync(DcpRoutes.Credentials, message, third.Token(connector.Did))).Status);
    }

    private Task<(int Status, byte[] Body)> CatalogAsync(string token) => connector.Kit.SendAsync(
        connector.Connector.Url + "/dsp/2025-1/catalog/request", DspJson.Write(new CatalogRequestMessage()), "Bearer " + token);

    private sealed class Register : IPeerDirectory
    {
        public int Asked { get; private set; }

        public ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation)
        {
            Asked++;
            throw new RefusalException(RefusalCode.NotFound, $"{did} is no member of the space.");
        }
    }
}
