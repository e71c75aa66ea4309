using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Hosting.Bundles;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Bundles;

public sealed class BundleSignatureTests : IDisposable
{
    private const string Space = "power-grid";

    private static readonly DateTimeOffset Issued = DateTimeOffset.FromUnixTimeSeconds(1_778_544_000);

    private readonly SigningKey key = SigningKey.Generate();

    private readonly PolicyBundle bundle = PolicyBundle.Create(
    [
        new(".manifest", """{"roots":["tds"],"revision":"7"}"""),
        new("tds/decision.rego", "package tds\n\nallow := false\n"),
        new("tds/data.json", """{ "limits": {"b": 1.50, "a": "电" } }"""),
    ]);

    public void Dispose() => key.Dispose();

    [Fact]
    public void A_signed_archive_verifies_with_its_key()
    {
        var verified = Verify(BundleSignature.Sign(bundle, key, Space, Issued));

        Assert.Equal("7", verified.Revision);
        Assert.Equal(Issued, BundleSignature.IssuedAt(verified));
        Assert.Equal(bundle.Modules, verified.Modules);
    }

    [Fact]
    public void Signing_again_replaces_the_signature()
    {
        using var other = SigningKey.Generate();

        Assert.Equal("7", Verify(BundleSignature.Sign(BundleSignature.Sign(bundle, other, Space, Issued), key, Space, Issued)).Revision);
    }

    [Fact]
    public void The_signature_names_what_OPA_reads()
    {
        var signed = BundleSignature.Sign(bundle, key, Space, Issued);

        var file = JsonNode.Parse(signed.Files.Single(f => f.Path == ".signatures.json").Text)!;
        var claims = JsonNode.Parse(Jws.ReadUnverified(file["signatures"]![0]!.GetValue<string>()))!;

        Assert.Equal(key.Kid, claims["keyid"]!.GetValue<string>());
        Assert.Equal(Space, claims["scope"]!.GetValue<string>());
        Assert.Equal([".manifest", "tds/data.json", "tds/decision.rego"], claims["files"]!.AsArray().Select(f => f!["name"]!.GetValue<string>()));
        Assert.All(claims["files"]!.AsArray(), f => Assert.Equal("SHA-256", f!["algorithm"]!.GetValue<string>()));
    }

    [Fact]
    public void An_altered_file_is_refused() =>
        Refused("altered", Replaced("tds/decision.rego", "package tds\n\nallow := true\n"));

    [Fact]
    public void Altered_data_is_refused_but_not_its_white_space()
    {
        Refused("altered", Replaced("tds/data.json", """{"limits":{"a":"电","b":1.5}}"""));
        Assert.NotNull(Verify(Replaced("tds/data.json", """{"limits":{"a":"电","b":1.50}}""")));
    }

    [Fact]
    public void A_missing_file_is_refused() => Refused("is missing", Files(file => file.Path != "tds/data.json"));

    [Fact]
    public void An_extra_file_is_refused() =>
        Refused("not covered", PolicyBundle.Create([.. Files(_ => true).ArchiveFiles, new("tds/extra.rego", "package tds\n")]));

    [Fact]
    public void An_altered_manifest_is_refused() => Refused("altered", Replaced(".manifest", """{"roots":["tds","other"],"revision":"7"}"""));

    [Fact]
    public void An_unsigned_bundle_is_refused() => Refused("not signed", bundle);

    [Fact]
    public void Another_key_is_refused()
    {
        using var other = SigningKey.Generate();

        Refused("kid", BundleSignature.Sign(bundle, other, Space, Issued));
    }

    [Fact]
    public void A_bundle_of_another_space_is_refused() => Refused("signed for", BundleSignature.Sign(bundle, key, "city", Issued));

    [Fact]
    public void A_token_of_the_same_key_is_no_signature() =>
        Refused("typ", PolicyBundle.Create(
            [.. bundle.ArchiveFiles, new(".signatures.json", $$"""{"signatures":["{{Jwt.Sign(new JsonObject { ["files"] = new JsonArray(), ["scope"] = Space }, key, TokenTypes.AccessToken)}}"]}""")]));

    [Fact]
    public void What_is_no_archive_is_malformed() =>
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => BundleSignature.Verify(new MemoryStream([1, 2, 3]), [key.Public], Space)).Code);

    // What OPA hashes (v1/bundle/hash.go): Rego by its bytes, JSON by compact text with sorted keys as Go's encoder writes it.
    [Theory]
    [InlineData("a.rego", "package a\n", "package a\n")]
    [InlineData("data.json", """{ "b": [1, 2.50, true, null], "a": {"z": "", "y": "<&>"} }""", """{"a":{"y":"<&>","z":""},"b":[1,2.50,true,null]}""")]
    [InlineData("data.json", """{"é":1,"z":2,"\ud83d\ude00":3,"\uffff":4}""", "{\"z\":2,\"é\":1,\"\uffff\":4,\"😀\":3}")]
    [InlineData("data.json", """{"a":"\u0001\u2028\/\"\\\n\u00e9"}""", """{"a":"\u0001\u2028/\"\\\né"}""")]
    public void A_file_is_hashed_over_the_text_that_OPA_hashes(string path, string text, string hashed) =>
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(hashed))),
            OpaFileHash.Of(new BundleFile(path, text)));

    private PolicyBundle Files(Func<BundleFile, bool> keep) =>
        PolicyBundle.Create(BundleSignature.Sign(bundle, key, Space, Issued).ArchiveFiles.Where(keep));

    private PolicyBundle Replaced(string path, string text) =>
        PolicyBundle.Create([.. Files(_ => true).ArchiveFiles.Where(file => file.Path != path), new(path, text)]);

    private void Refused(string why, PolicyBundle wrong)
    {
        var refusal = Assert.Throws<RefusalException>(() => Verify(wrong));
        Assert.Equal(RefusalCode.Unauthenticated, refusal.Code);
        Assert.Contains(why, refusal.Message);
    }

    private PolicyBundle Verify(PolicyBundle signed)
    {
        using var archive = new MemoryStream();
        signed.WriteArchive(archive);
        archive.Position = 0;
        return BundleSignature.Verify(archive, [key.Public], Space);
    }
}
