using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Metering;

public sealed class RetryRuleTests
{
    private const string Body = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";

    [Fact]
    public void The_same_question_has_the_same_digest() =>
        Assert.Equal(RetryRule.RequestDigest("POST", "/a?b=1", "inference", Body), RetryRule.RequestDigest("POST", "/a?b=1", "inference", Body));

    [Theory]
    [InlineData("PUT", "/a?b=1", "inference", Body)]
    [InlineData("POST", "/a?b=2", "inference", Body)]
    [InlineData("POST", "/a?b=1", "training", Body)]
    [InlineData("POST", "/a?b=1", "inference", "")]
    public void Another_method_address_purpose_or_body_is_another_question(string method, string address, string purpose, string body) =>
        Assert.NotEqual(RetryRule.RequestDigest("POST", "/a?b=1", "inference", Body), RetryRule.RequestDigest(method, address, purpose, body));
}
