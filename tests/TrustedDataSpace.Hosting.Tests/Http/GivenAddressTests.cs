using TrustedDataSpace.Hosting.Http;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Http;

public sealed class GivenAddressTests
{
    [Theory]
    [InlineData("https://issuer.example/list", false, true)]
    [InlineData("http://issuer.example/list", false, false)]
    [InlineData("http://issuer.example/list", true, false)]
    [InlineData("http://127.0.0.1/list", true, true)]
    [InlineData("http://127.0.0.1/list", false, false)]
    [InlineData("https://name@issuer.example/list", false, false)]
    [InlineData("ftp://issuer.example/list", true, false)]
    [InlineData("file:///etc/passwd", true, false)]
    public void Only_https_is_called_and_plain_http_on_loopback_where_that_is_allowed(string address, bool allowed, bool called) =>
        Assert.Equal(called, GivenAddress.MayBeCalled(new Uri(address), new EgressOptions { AllowPrivateAddresses = allowed }));
}
