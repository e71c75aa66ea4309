using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Identity;

public sealed class JweTests
{
    private const string Type = "test+jwe";
    private static readonly AgreementKey Key = AgreementKey.Generate();

    // RFC 7518 Appendix C.
    [Fact]
    public void The_key_is_derived_as_in_the_example_of_the_standard()
    {
        using var alice = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = { X = Base64Url.DecodeFromChars("gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"), Y = Base64Url.DecodeFromChars("SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps") },
            D = Base64Url.DecodeFromChars("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"),
        });
        using var key = AgreementKey.FromPkcs8(alice.ExportPkcs8PrivateKey());
        var bob = PublicKey.FromJwk(new Jwk { Kty = "EC", Crv = "P-256", X = "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ", Y = "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck" });
        var derived = Jwe.DeriveKey(key.Agree(bob), "A128GCM", "Alice"u8, "Bob"u8, 16);
        Assert.Equal("VqqN6vgjbSBcIijNcacQGg", Base64Url.EncodeToString(derived));
    }

    [Fact]
    public void What_is_encrypted_is_read_by_its_recipient_alone_and_never_twice_the_same()
    {
        var (one, other) = (Jwe.Encrypt("secret"u8, Key.Public, Type), Jwe.Encrypt("secret"u8, Key.Public, Type));
        Assert.NotEqual(one, other);
        Assert.Equal("secret", Encoding.ASCII.GetString(Jwe.Decrypt(one, Find, Type)));
        Assert.Equal("secret", Encoding.ASCII.GetString(Jwe.Decrypt(other, Find, Type)));

        using var stranger = AgreementKey.Generate();
        Assert.Equal("tag", Refused(() => Jwe.Decrypt(one, _ => stranger, Type)));
        Assert.Equal("kid", Refused(() => Jwe.Decrypt(one, _ => null, Type)));
        Assert.Equal("typ", Refused(() => Jwe.Decrypt(one, Find, "other+jwe")));
    }

    [Theory]
    [InlineData("alg", "dir")]
    [InlineData("alg", "ECDH-ES+A256KW")]
    [InlineData("enc", "A128GCM")]
    [InlineData("typ", "JWE")]
    [InlineData("kid", "unknown")]
    public void Another_header_is_refused(string name, string value)
    {
        var box = Jwe.Encrypt("secret"u8, Key.Public, Type);
        var header = System.Text.Json.Nodes.JsonNode.Parse(Base64Url.DecodeFromChars(box.AsSpan(0, box.IndexOf('.', StringComparison.Ordinal))))!;
        header[name] = value;
        Assert.Equal(name, Refused(() => Jwe.Decrypt(Base64Url.EncodeToString(ProtocolJson.Write(header)) + box[box.IndexOf('.', StringComparison.Ordinal)..], Find, Type)));
    }

    [Theory]
    [InlineData("crit")]
    [InlineData("zip")]
    [InlineData("more")]
    public void An_extension_or_another_member_breaks_it(string name)
    {
        var box = Jwe.Encrypt("secret"u8, Key.Public, Type);
        var header = System.Text.Json.Nodes.JsonNode.Parse(Base64Url.DecodeFromChars(box.AsSpan(0, box.IndexOf('.', StringComparison.Ordinal))))!;
        header[name] = "DEF";
        Assert.Equal(name == "more" ? "tag" : "crit", Refused(() => Jwe.Decrypt(Base64Url.EncodeToString(ProtocolJson.Write(header)) + box[box.IndexOf('.', StringComparison.Ordinal)..], Find, Type)));
    }

    [Fact]
    public void Altered_shortened_and_senseless_texts_are_refused()
    {
        var parts = Jwe.Encrypt("secret"u8, Key.Public, Type).Split('.');
        for (var i = 2; i < 5; i++)
        {
            var altered = parts.ToArray();
            altered[i] = (altered[i][0] == 'A' ? 'B' : 'A') + altered[i][1..];
            Assert.Equal("tag", Refused(() => Jwe.Decrypt(string.Join('.', altered), Find, Type)));
        }

        Assert.Equal("form", Refused(() => Jwe.Decrypt(string.Join('.', parts[..4]), Find, Type)));
        Assert.Equal("form", Refused(() => Jwe.Decrypt($"{parts[0]}.AAAA.{parts[2]}.{parts[3]}.{parts[4]}", Find, Type)));
        Assert.Equal("tag", Refused(() => Jwe.Decrypt($"{parts[0]}..{parts[2]}.{parts[3]}.{parts[4][..8]}", Find, Type)));
        Assert.Equal("tag", Refused(() => Jwe.Decrypt($"{parts[0]}..{parts[2]}.{parts[3]}.", Find, Type)));
        Assert.Equal("length", Refused(() => Jwe.Decrypt(new string('A', 9_000), Find, Type)));
    }

    private static AgreementKey? Find(string kid) => kid == Key.Kid ? Key : null;

    private static string? Refused(Action decrypt) => Assert.Throws<RefusalException>(decrypt).Term;
}
