using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Identity;

public sealed class DetachedJwsTests
{
    private readonly SigningKey key = SigningKey.Generate();

    [Fact]
    public void A_signature_verifies_over_the_bytes_that_it_was_made_over_and_does_not_hold_them()
    {
        var signature = DetachedJws.Sign("""{"the":"contract"}"""u8, key, TokenTypes.Agreement);
        Assert.Equal(3, signature.Split('.').Length);
        Assert.Empty(signature.Split('.')[1]);
        DetachedJws.Verify(signature, """{"the":"contract"}"""u8, [key.Public], TokenTypes.Agreement);
    }

    [Fact]
    public void Other_bytes_another_key_and_another_type_are_refused()
    {
        var signature = DetachedJws.Sign("""{"the":"contract"}"""u8, key, TokenTypes.Agreement);
        using var other = SigningKey.Generate();
        Assert.Equal("signature", Refused(signature, """{"another":"contract"}""", key.Public, TokenTypes.Agreement));
        Assert.Equal("kid", Refused(signature, """{"the":"contract"}""", other.Public, TokenTypes.Agreement));
        Assert.Equal("typ", Refused(signature, """{"the":"contract"}""", key.Public, TokenTypes.Usage));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("a..b..c")]
    [InlineData("{}..{}")]
    public void What_is_no_detached_signature_is_refused(string text) => Assert.NotNull(Refused(text, "{}", key.Public, TokenTypes.Agreement));

    [Fact]
    public void A_signature_with_its_payload_inside_is_refused() =>
        Assert.Equal("form", Refused(Jws.Sign("{}"u8, key, TokenTypes.Agreement), "{}", key.Public, TokenTypes.Agreement));

    private static string? Refused(string signature, string payload, PublicKey key, string type) => Assert.Throws<RefusalException>(
        () => DetachedJws.Verify(signature, System.Text.Encoding.UTF8.GetBytes(payload), [key], type)).Term;
}
