using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Identity;

public sealed class DidTests
{
    [Theory]
    [InlineData("did:web:vpp.example", "https://vpp.example/.well-known/did.json")]
    [InlineData("did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json")]
    [InlineData("did:web:space.example:members:vpp-1", "https://space.example/members/vpp-1/did.json")]
    [InlineData("did:web:xn--fiq228c.example", "https://xn--fiq228c.example/.well-known/did.json")]
    public void Did_has_its_document_where_did_web_says(string text, string document)
    {
        Assert.True(Did.TryParse(text, out var did));
        Assert.Equal((text, document), (did.Value, did.DocumentUri.AbsoluteUri));
        Assert.Equal(did, ProtocolJson.Read<Did>(ProtocolJson.Write(did)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("did:web:")]
    [InlineData("did:key:z6Mk")]
    [InlineData("did:web:VPP.example")]
    [InlineData("did:web:vpp.example ")]
    [InlineData("did:web:vpp.example\n")]
    [InlineData("did:web:vpp.example#key-1")]
    [InlineData("did:web:vpp.example?x=1")]
    [InlineData("did:web:vpp.example/path")]
    [InlineData("did:web:vpp.example:..:secret")]
    [InlineData("did:web:vpp.example::a")]
    [InlineData("did:web:vpp.example%2Fa")]
    [InlineData("did:web:user%40vpp.example")]
    [InlineData("did:web:vpp.example%3A0")]
    [InlineData("did:web:-vpp.example")]
    [InlineData("did:web:vpp..example")]
    public void Text_that_is_no_did_web_is_refused(string? text)
    {
        Assert.False(Did.TryParse(text, out _));
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => Did.Parse(text!)).Code);
    }

    [Fact]
    public void Did_that_was_never_given_is_nobody() => Assert.Throws<InvalidOperationException>(() => default(Did).Value);
}
