using TrustedDataSpace.Connector.DataPlane;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

/// <summary>
/// The provider's gate over real HTTP, with requests byte by byte. The source of the product is not there: what passes the proof is
/// answered 503.
/// </summary>
public sealed class ProofOfPossessionTests(SharedFlow shared) : IClassFixture<SharedFlow>
{
    private const int Passed = 503;

    private readonly HeldFlow flow = shared.Flow;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private string Replica => shared.Replica;

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("/a?x=1&y=%E4%B8%AD")]
    [InlineData("?x")]
    public async Task A_request_that_is_signed_as_it_is_sent_passes(string rest)
    {
        Assert.Equal("tds:signature", flow.AuthType);
        var call = flow.Call(rest).With("Tds-Purpose", "inference").With("Tds-Request", "r1").With("Idempotency-Key", rest + "k").With("Range", "bytes=0-1").With("If-Range", "\"e\"").With("Tds-Application", "forecaster");
        Assert.Equal(Passed, (await call.Sign(Replica, Now).SendAsync()).Status);
        Assert.Equal(Passed, (await flow.Call(rest).Sign(Replica, Now).SendAsync()).Status);
    }

    [Fact]
    public async Task A_stolen_token_is_worthless_without_the_key_and_its_holder_learns_what_to_sign_for()
    {
        var (status, term, answer) = await flow.Call().SendAsync();
        Assert.Equal((401, "signature"), (status, term));
        Assert.Contains("Tds-Replica: " + Replica, answer, StringComparison.Ordinal);
        Assert.Equal((401, "signature"), await RefusedAsync(flow.Call().Sign(Replica, Now, key: new byte[32])));
    }

    [Theory]
    [InlineData("path", "signature")]
    [InlineData("another path of one case", "signature")]
    [InlineData("slash at the end", "signature")]
    [InlineData("query", "signature")]
    [InlineData("no query", "signature")]
    [InlineData("method", "signature")]
    [InlineData("authority", "signature")]
    [InlineData("purpose", "signature")]
    [InlineData("no purpose", "Signature-Input")]
    [InlineData("purpose twice", "tds-purpose")]
    [InlineData("a range that was not signed", "Signature-Input")]
    [InlineData("an idempotency key that was not signed", "Signature-Input")]
    [InlineData("an application that was not signed", "Signature-Input")]
    [InlineData("an escaped letter", "@path")]
    [InlineData("lower-case escapes", "@path")]
    [InlineData("an empty query", "@path")]
    public async Task What_differs_from_what_was_signed_is_refused(string change, string term)
    {
        var call = flow.Call("/a/b?x=%E4%B8%AD").With("Tds-Purpose", "inference").Sign(Replica, Now);
        switch (change)
        {
            case "path": call.Target = call.Target.Replace("/a/b", "/a/c", StringComparison.Ordinal); break;
            case "another path of one case": call.Target = call.Target.Replace("/a/b", "/A/b", StringComparison.Ordinal); break;
            case "slash at the end": call.Target = call.Target.Replace("/a/b?", "/a/b/?", StringComparison.Ordinal); break;
            case "query": call.Target += "&y=2"; break;
            case "no query": call.Target = call.Target[..call.Target.IndexOf('?', StringComparison.Ordinal)]; break;
            case "method": call.Method = "DELETE"; break;
            case "authority": call.Host = "other.example"; break;
            case "purpose": call.Replace("Tds-Purpose", _ => "training"); break;
            case "no purpose": call.Without("Tds-Purpose"); break;
            case "purpose twice": call.With("tds-purpose", "training"); break;
            case "a range that was not signed": call.With("Range", "bytes=0-"); break;
            case "an idempotency key that was not signed": call.With("Idempotency-Key", "k"); break;
            case "an application that was not signed": call.With("Tds-Application", "a"); break;
            case "an escaped letter": call.Target = call.Target.Replace("/a/b", "/a/%62", StringComparison.Ordinal); break;
            case "lower-case escapes": call.Target = call.Target.Replace("%E4", "%e4", StringComparison.Ordinal); break;
            case "an empty query": call.Target = call.Target[..(call.Target.IndexOf('?', StringComparison.Ordinal) + 1)]; break;
        }

        Assert.Equal((401, term), await RefusedAsync(call));
    }

    [Theory]
    [InlineData(-70, "created")]
    [InlineData(70, "created")]
    [InlineData(-30, null)]
    [InlineData(30, null)]
    public async Task A_signature_of_another_time_is_refused(int seconds, string? term)
    {
        var (status, found, _) = await flow.Call().Sign(Replica, Now.AddSeconds(seconds)).SendAsync();
        Assert.Equal(term is null ? (Passed, "") : (401, term), (status, found));
    }

    [Theory]
    [InlineData("1.unknown", true)]
    [InlineData("2.{replica}", false)]
    [InlineData("{replica}", false)]
    [InlineData("01.{replica}", false)]
    public async Task A_key_of_another_name_is_refused_and_only_another_process_is_named(string keyId, bool isNamed)
    {
        var (status, term, answer) = await flow.Call().Sign(Replica, Now, keyId: keyId.Replace("{replica}", Replica, StringComparison.Ordinal)).SendAsync();
        Assert.Equal((401, "keyid"), (status, term));
        Assert.Equal(isNamed, answer.Contains("Tds-Replica: " + Replica, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("hmac-sha256", "hmac-sha512")]
    [InlineData(";alg=\"hmac-sha256\"", "")]
    [InlineData(";alg=\"hmac-sha256\"", ";alg=\"hmac-sha256\";tag=\"a\"")]
    [InlineData("tds=(", "sig1=(")]
    [InlineData("tds=(", "tds= (")]
    [InlineData("tds=(", "tds=( ")]
    [InlineData("\"@method\" \"@authority\"", "\"@authority\" \"@method\"")]
    [InlineData(" \"@query\"", "")]
    [InlineData("\"@query\"", "\"@query\" \"@query\"")]
    [InlineData("\"@query\"", "\"@query\" \"accept\"")]
    [InlineData("\"@path\"", "\"@path\";req")]
    [InlineData(";created=", ";created=-")]
    [InlineData(";created=", ";created=0")]
    [InlineData(";created=", ";created=9999999999999")]
    [InlineData(";nonce=\"", ";nonce=\"F")]
    [InlineData(";nonce=\"", ";nonce=\"")]
    [InlineData(";nonce=\"0", ";nonce=\"")]
    [InlineData(";keyid=\"", ";keyid=\"\\")]
    [InlineData(";keyid=\"", ";keyid=\"\";x=\"")]
    [InlineData("\"hmac-sha256\"", "\"hmac-sha256\", sig2=(\"@method\");created=1")]
    [InlineData("\"hmac-sha256\"", "\"hmac-sha256\" ")]
    public async Task Whatever_is_not_the_one_form_of_a_signature_is_refused(string was, string becomes)
    {
        var call = flow.Call().Sign(Replica, Now).Replace("Signature-Input", input => input.Replace(was, becomes, StringComparison.Ordinal));
        var isSame = was == becomes || becomes.EndsWith("\" ", StringComparison.Ordinal);
        Assert.Equal(isSame ? Passed : 401, (await call.SendAsync()).Status);
    }

    [Theory]
    [InlineData("tds=:", "tds=")]
    [InlineData("tds=:", "sig=:")]
    [InlineData("tds=:", "tds=:A")]
    [InlineData("=:", "=:=:")]
    public async Task A_signature_that_is_written_otherwise_is_refused(string was, string becomes) =>
        Assert.Equal((401, "signature"), await RefusedAsync(flow.Call().Sign(Replica, Now).Replace("Signature", text => text.Replace(was, becomes, StringComparison.Ordinal))));

    [Fact]
    public async Task Several_signatures_are_refused_whichever_of_them_is_good()
    {
        Assert.Equal((401, "signature"), await RefusedAsync(flow.Call().Sign(Replica, Now).Sign(Replica, Now)));
        Assert.Equal((401, "signature"), await RefusedAsync(flow.Call().Sign(Replica, Now).With("Signature", "other=:AAAA:")));
        Assert.Equal((401, "signature"), await RefusedAsync(flow.Call().Sign(Replica, Now).Without("Signature")));
        Assert.Equal((401, "signature"), await RefusedAsync(flow.Call().Sign(Replica, Now).Without("Signature-Input")));
    }

    [Fact]
    public async Task The_same_request_counts_once_and_a_number_once_in_its_session()
    {
        var call = flow.Call().Sign(Replica, Now, session: 7, sequence: 100);
        Assert.Equal(Passed, (await call.SendAsync()).Status);
        Assert.Equal((401, "nonce"), await RefusedAsync(call));
        Assert.Equal((401, "nonce"), await RefusedAsync(flow.Call("/b").Sign(Replica, Now, session: 7, sequence: 100)));
        Assert.Equal(Passed, (await flow.Call("/b").Sign(Replica, Now, session: 8, sequence: 100).SendAsync()).Status);
        Assert.Equal(Passed, (await flow.Call("/b").Sign(Replica, Now, session: 7, sequence: 99).SendAsync()).Status);
        Assert.Equal(Passed, (await flow.Call("/b").Sign(Replica, Now, session: 7, sequence: 1_000_000).SendAsync()).Status);
        Assert.Equal((401, "nonce"), await RefusedAsync(flow.Call("/b").Sign(Replica, Now, session: 7, sequence: 101)));
        Assert.Equal((401, "nonce"), await RefusedAsync(flow.Call("/b").Sign(Replica, Now, session: 7, sequence: ulong.MaxValue)));
    }

    [Fact]
    public async Task A_body_passes_only_with_its_digest_among_what_is_signed()
    {
        var bare = flow.Call(method: "POST");
        bare.Body = "hello";
        Assert.Equal((401, "content-digest"), await RefusedAsync(bare.Sign(Replica, Now)));
        var added = flow.Call(method: "POST").Sign(Replica, Now).With("Content-Digest", DigestedBody.HeaderFor("hello"u8));
        added.Body = "hello";
        Assert.Equal((401, "Signature-Input"), await RefusedAsync(added));
        var good = flow.Call(method: "POST").With("Content-Digest", DigestedBody.HeaderFor("hello"u8)).Sign(Replica, Now);
        good.Body = "hello";

        // The source of the product is not asked with POST, which is looked at after the proof.
        Assert.Equal(405, (await good.SendAsync()).Status);
    }

    private static async Task<(int Status, string Term)> RefusedAsync(RawCall call)
    {
        var (status, term, _) = await call.SendAsync();
        return (status, term);
    }
}
