using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Protocol.Signatures;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Signatures;

public sealed class RequestSignatureTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly SignatureKey Key = new(Secret);

    // The base is written out here by hand, as RFC 9421 §2.5 says, and not by the code under test.
    [Fact]
    public void The_signature_is_the_keyed_hash_of_the_base_that_the_standard_describes()
    {
        var fields = default(SignedFields);
        fields[1] = "inference";
        fields[4] = " bytes=0-99 ";
        var (input, signature) = RequestSignature.Sign(Request("/data/f1/a", "?x=1", fields), Parameters(), Key);
        const string Parts = "(\"@method\" \"@authority\" \"@path\" \"@query\" \"tds-purpose\" \"range\");created=1778544000;nonce=\"00000000000000ff0000000000000001\";keyid=\"1.r\";alg=\"hmac-sha256\"";
        Assert.Equal("tds=" + Parts, input);
        var written = string.Join('\n', "\"@method\": GET", "\"@authority\": grid.example", "\"@path\": /data/f1/a", "\"@query\": ?x=1", "\"tds-purpose\": inference", "\"range\": bytes=0-99", "\"@signature-params\": " + Parts);
        Assert.Equal($"tds=:{Convert.ToBase64String(HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes(written)))}:", signature);
    }

    [Fact]
    public void Without_a_query_the_base_has_its_question_mark_alone()
    {
        var (_, none) = RequestSignature.Sign(Request("/a", "", default), Parameters(), Key);
        var (_, empty) = RequestSignature.Sign(Request("/a", "?", default), Parameters(), Key);
        Assert.Equal(none, empty);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1_000)]
    [InlineData(8_000)]
    public void What_is_signed_verifies_whatever_its_length(int length)
    {
        var request = Request("/" + new string('a', length), "?" + new string('b', length), default);
        var (input, signature) = RequestSignature.Sign(request, Parameters(), Key);
        Assert.Null(RequestSignature.Read(input, request.Fields, out var parameters));
        Assert.Equal((1778544000, 255UL, 1UL, "1.r"), (parameters.Created, parameters.Session, parameters.Sequence, parameters.KeyId.ToString()));
        Assert.True(RequestSignature.Verify(request, input, signature, Key));
        Assert.False(RequestSignature.Verify(request, input, signature, new SignatureKey(new byte[32])));
        Assert.False(RequestSignature.Verify(request, input, signature.AsSpan(0, signature.Length - 1), Key));
        Assert.False(RequestSignature.Verify(request, input, "", Key));
        Assert.False(RequestSignature.Verify(Request("/" + new string('a', length), "?" + new string('b', length - 1), default), input, signature, Key));
    }

    [Fact]
    public void Two_parts_of_a_path_are_signed_like_one()
    {
        var (_, whole) = RequestSignature.Sign(Request("/base/data/f1", "", default), Parameters(), Key);
        var parts = new SignedRequest { Method = "GET", Authority = "grid.example", PathBase = "/base", Path = "/data/f1" };
        Assert.Equal(whole, RequestSignature.Sign(parts, Parameters(), Key).Signature);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\r\n\"@path\": /other")]
    [InlineData("é")]
    [InlineData("a\0")]
    public void What_could_break_out_of_its_line_is_neither_signed_nor_verified(string value)
    {
        var fields = default(SignedFields);
        fields[1] = value;
        Assert.Throws<ArgumentException>(() => RequestSignature.Sign(Request("/a", "", fields), Parameters(), Key));
        var plain = default(SignedFields);
        plain[1] = "a";
        var (input, signature) = RequestSignature.Sign(Request("/a", "", plain), Parameters(), Key);
        Assert.False(RequestSignature.Verify(Request("/a", "", fields), input, signature, Key));
    }

    private static SignedRequest Request(string path, string query, SignedFields fields) =>
        new() { Method = "GET", Authority = "grid.example", Path = path, Query = query, Fields = fields };

    private static SignatureParameters Parameters() => new() { Created = 1778544000, Session = 255, Sequence = 1, KeyId = "1.r" };
}
