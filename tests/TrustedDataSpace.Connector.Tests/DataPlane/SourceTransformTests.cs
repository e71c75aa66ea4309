using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.DataPlane;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

public sealed class SourceTransformTests
{
    [Theory]
    [InlineData("http://source.example/", "/data/f", "http://source.example/")]
    [InlineData("http://source.example/", "/data/f?day=1", "http://source.example/?day=1")]
    [InlineData("http://source.example/", "/data/f/", "http://source.example/")]
    [InlineData("http://source.example:8080/base/", "/data/f", "http://source.example:8080/base")]
    [InlineData("http://source.example/base", "/data/f/a%20b?q=%2C", "http://source.example/base/a%20b?q=%2C")]
    public async Task The_source_is_asked_for_the_path_behind_the_flow_and_never_for_an_empty_one(string source, string rawTarget, string asked)
    {
        var target = CanonicalTarget.Parse(rawTarget, DataGate.Prefix);
        var address = new SourceAddress(new Uri(source), new Dictionary<string, string>());
        using var request = new HttpRequestMessage();
        await new SourceTransform(address, target, null!, null!).TransformRequestAsync(new DefaultHttpContext(), request, "", TestContext.Current.CancellationToken);
        Assert.Equal(asked, request.RequestUri!.GetLeftPart(UriPartial.Authority) + request.RequestUri.PathAndQuery);
    }
}
