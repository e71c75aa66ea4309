using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Hosting.Http;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Http;

public sealed class PreferredWaitTests
{
    [Theory]
    [InlineData(null, 0)]
    [InlineData("wait=5", 5)]
    [InlineData("respond-async, wait = 10", 10)]
    [InlineData("wait=100000", 60)]
    [InlineData("wait=-1", 0)]
    [InlineData("wait=soon", 0)]
    public void Wait_is_what_the_caller_prefers_within_the_limit(string? preference, int seconds)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers["Prefer"] = preference;
        Assert.Equal(TimeSpan.FromSeconds(seconds), PreferredWait.Of(request));
    }
}
