using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Identity;

public sealed class PeerRecordTests
{
    [Theory]
    [InlineData("https://vpp.example/c")]
    [InlineData("https://vpp.example/c/")]
    [InlineData("https://vpp.example/c/dsp/2025-1")]
    [InlineData("https://vpp.example:443/c/dsp")]
    [InlineData("https://VPP.example/c/dsp?cursor=x")]
    public void Address_under_the_registered_endpoint_is_the_peers(string address) => Assert.True(Peer().Owns(address));

    [Theory]
    [InlineData("https://other.example/c")]
    [InlineData("http://vpp.example/c")]
    [InlineData("https://vpp.example:8443/c")]
    [InlineData("https://vpp.example/")]
    [InlineData("https://vpp.example/cc/")]
    [InlineData("https://vpp.example/c/../admin")]
    [InlineData("https://vpp.example/c/%2e%2e/admin")]
    [InlineData("https://vpp.example/c/..%2fadmin")]
    [InlineData("https://user@vpp.example/c/")]
    [InlineData("https://vpp.example@other.example/c/")]
    [InlineData("https://vpp.example.other.example/c/")]
    [InlineData("//vpp.example/c/")]
    [InlineData("/c/dsp")]
    [InlineData("")]
    public void Any_other_address_is_not(string address) => Assert.False(Peer().Owns(address));

    private static PeerRecord Peer()
    {
        using var key = SigningKey.Generate();
        return new PeerRecord("did:web:vpp.example", "VPP", "https://vpp.example/c", "active", key.Public, "44", []);
    }
}
