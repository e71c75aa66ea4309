using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Identity;

public sealed class KeyTests
{
    // The key of RFC 7515 appendix A.3.
    private static readonly Jwk Known = new()
    {
        Kty = "EC",
        Crv = "P-256",
        X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    };

    [Fact]
    public void Name_of_a_key_is_its_thumbprint() =>
        Assert.Equal("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", PublicKey.FromJwk(Known).Kid);

    [Fact]
    public void Signature_of_the_specification_verifies()
    {
        // RFC 7515 appendix A.3: header {"alg":"ES256"}.
        var content = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"u8;
        var signature = System.Buffers.Text.Base64Url.DecodeFromChars("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
        Assert.True(PublicKey.FromJwk(Known).Verify(content, signature));
        Assert.False(PublicKey.FromJwk(Known).Verify(content[1..], signature));
    }

    [Fact]
    public void Key_survives_storage_and_travel()
    {
        using var key = SigningKey.Generate();
        using var stored = SigningKey.FromPkcs8(key.ExportPkcs8());
        var travelled = PublicKey.FromJwk(ProtocolJson.Read<Jwk>(ProtocolJson.Write(key.Public.Jwk)));

        Assert.True(travelled.Verify([1, 2, 3], stored.Sign([1, 2, 3])));
        Assert.Equal(key.Kid, PublicKey.FromSpki(key.Public.ExportSpki()).Kid);
    }

    [Fact]
    public void Published_key_has_no_private_part()
    {
        using var key = SigningKey.Generate();
        Assert.DoesNotContain("\"d\"", System.Text.Encoding.UTF8.GetString(ProtocolJson.Write(key.Public.Jwk)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"AA"}""")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}""")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}""")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"***"}""")]
    [InlineData("""{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}""")]
    [InlineData("""{"kty":"RSA","n":"AA","e":"AQAB"}""")]
    [InlineData("""{"kty":"oct","k":"AA"}""")]
    public void Key_that_is_not_a_public_P256_key_is_refused(string jwk) =>
        Assert.Throws<RefusalException>(() => PublicKey.FromJwk(ProtocolJson.Read<Jwk>(System.Text.Encoding.UTF8.GetBytes(jwk))));

    [Fact]
    public void Key_on_another_curve_is_refused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<RefusalException>(() => PublicKey.FromSpki(p384.ExportSubjectPublicKeyInfo()));
        Assert.Throws<RefusalException>(() => SigningKey.FromPkcs8(p384.ExportPkcs8PrivateKey()));
        Assert.Throws<RefusalException>(() => SigningKey.FromPkcs8([1, 2, 3]));
    }

    [Fact]
    public async Task Key_is_shared_between_threads()
    {
        using var key = SigningKey.Generate();
        var signed = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() =>
            Enumerable.Range(0, 100).All(i => key.Public.Verify([(byte)n, (byte)i], key.Sign([(byte)n, (byte)i]))))));
        Assert.DoesNotContain(false, signed);
    }

    [Fact]
    public void Set_passes_over_keys_that_it_cannot_use()
    {
        var set = new JwkSet([new Jwk { Kty = "RSA" }, Known, Known with { Use = "enc" }]);
        Assert.Equal(PublicKey.FromJwk(Known).Kid, Assert.Single(set.PublicKeys()).Kid);
    }
}
