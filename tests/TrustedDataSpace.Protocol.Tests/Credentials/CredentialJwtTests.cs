using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Credentials;

public sealed class CredentialJwtTests : IDisposable
{
    private readonly Parties parties = new();

    public void Dispose() => parties.Dispose();

    [Theory]
    [InlineData(CredentialProfile.Vc20)]
    [InlineData(CredentialProfile.Vc11)]
    public async Task Credential_says_what_was_signed(CredentialProfile profile)
    {
        var credential = await parties.VerifyAsync(Sign(profile));
        Assert.Equal(profile, credential.Profile);
        Assert.Equal("urn:uuid:7", credential.Id);
        Assert.True(credential.Is("MembershipCredential"));
        Assert.Equal(Parties.Issuer, credential.Issuer);
        Assert.Equal(Parties.Holder.Value, credential.SubjectId);
        Assert.Equal("power-grid", credential.Subject.GetProperty("space").GetString());
        Assert.Equal((Parties.Now.AddHours(-1), Parties.Now.AddDays(1)), (credential.ValidFrom!.Value, credential.ValidUntil!.Value));
        Assert.Equal(Parties.Content.Status, credential.Status);
        Assert.Equal("https://authority.example/schemas/membership", Assert.Single(credential.Schemas).Id);
    }

    [Theory]
    [InlineData(CredentialProfile.Vc20, "BitstringStatusListEntry", "validFrom", "vc+jwt")]
    [InlineData(CredentialProfile.Vc11, "StatusList2021Entry", "issuanceDate", "JWT")]
    public void Each_profile_has_its_own_words(CredentialProfile profile, string entry, string from, string type)
    {
        var jwt = Sign(profile);
        var payload = Parties.Payload(jwt);
        var credential = profile == CredentialProfile.Vc20 ? payload : payload["vc"]!.AsObject();
        Assert.Equal(entry, (string?)credential["credentialStatus"]!["type"]);
        Assert.Equal("94567", (string?)credential["credentialStatus"]!["statusListIndex"]);
        Assert.NotNull(credential[from]);
        Assert.Equal(type, (string?)JsonNode.Parse(Base64Url.DecodeFromChars(jwt.Split('.')[0]))!["typ"]);
    }

    [Fact]
    public async Task Claims_around_a_credential_of_model_11_stand_for_its_properties()
    {
        var credential = await parties.VerifyAsync(Changed(CredentialProfile.Vc11, (_, vc) =>
        {
            foreach (var name in new[] { "id", "issuer", "issuanceDate", "expirationDate" })
            {
                vc.Remove(name);
            }

            vc["credentialSubject"]!.AsObject().Remove("id");
        }));
        Assert.Equal("urn:uuid:7", credential.Id);
        Assert.Equal(Parties.Holder.Value, credential.SubjectId);
        Assert.Equal(Parties.Now.AddHours(-1), credential.ValidFrom);
        Assert.Equal(Parties.Now.AddDays(1), credential.ValidUntil);
    }

    [Fact]
    public async Task Model_11_needs_no_type_in_the_header_and_takes_nanoseconds()
    {
        var header = $$"""{"alg":"ES256","kid":"{{Parties.Issuer}}#{{parties.IssuerKey.Kid}}"}""";
        var payload = Parties.Payload(Sign(CredentialProfile.Vc11));
        payload["vc"]!["issuanceDate"] = "2026-05-11T08:00:00.123456789Z";
        var content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload.ToJsonString()));
        var jwt = content + "." + Base64Url.EncodeToString(parties.IssuerKey.Sign(Encoding.ASCII.GetBytes(content)));
        Assert.Equal(1234567, (await parties.VerifyAsync(jwt)).ValidFrom!.Value.Ticks % TimeSpan.TicksPerSecond);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Credential_of_another_than_the_signer_is_refused(CredentialProfile profile)
    {
        var forged = CredentialJwt.Sign(Parties.Content, profile, parties.StrangerKey).Split('.');
        var kid = $"{Parties.Stranger}#{parties.StrangerKey.Kid}";
        await Parties.RefusedAsync("issuer", parties.VerifyAsync(Parties.Signed(Parties.Payload(string.Join('.', forged)), parties.StrangerKey, TypeOf(profile), kid)));
        await Parties.RefusedAsync("key", parties.VerifyAsync(string.Join('.', forged)));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Key_for_another_use_or_of_no_name_is_refused(CredentialProfile profile)
    {
        // The holder's key is named for authentication only.
        var own = Parties.Content with { Issuer = Parties.Holder };
        await Parties.RefusedAsync("key", parties.VerifyAsync(CredentialJwt.Sign(own, profile, parties.HolderKey)));
        foreach (var kid in new[] { "", parties.IssuerKey.Kid, "#" + parties.IssuerKey.Kid, Parties.Issuer + "#", "did:key:z6Mk#z6Mk" })
        {
            await Parties.RefusedAsync("kid", parties.VerifyAsync(Parties.Signed(Parties.Payload(Sign(profile)), parties.IssuerKey, TypeOf(profile), kid)));
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Other_algorithm_type_signature_or_length_is_refused(CredentialProfile profile)
    {
        var parts = Sign(profile).Split('.');
        string WithHeader(string header) => $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{parts[1]}.{parts[2]}";
        var kid = $"{Parties.Issuer}#{parties.IssuerKey.Kid}";
        foreach (var alg in new[] { "none", "HS256", "RS256", "ES384", "EdDSA" })
        {
            await Parties.RefusedAsync("alg", parties.VerifyAsync(WithHeader($$"""{"alg":"{{alg}}","kid":"{{kid}}","typ":"{{TypeOf(profile)}}"}""")));
        }

        await Parties.RefusedAsync("crit", parties.VerifyAsync(WithHeader($$"""{"alg":"ES256","crit":["b64"],"kid":"{{kid}}","typ":"{{TypeOf(profile)}}"}""")));
        await Parties.RefusedAsync("typ", parties.VerifyAsync(WithHeader($$"""{"alg":"ES256","kid":"{{kid}}","typ":"at+jwt"}""")));
        await Parties.RefusedAsync("typ", parties.VerifyAsync(WithHeader($$"""{"alg":"ES256","kid":"{{kid}}","typ":"{{TypeOf(profile == CredentialProfile.Vc20 ? CredentialProfile.Vc11 : CredentialProfile.Vc20)}}"}""")));
        await Parties.RefusedAsync("signature", parties.VerifyAsync($"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(new byte[64])}"));
        await Parties.RefusedAsync("form", parties.VerifyAsync("no token"));
        await Parties.RefusedAsync("length", parties.VerifyAsync(new string('a', CredentialJwt.MaxLength + 1)));
    }

    [Theory]
    [InlineData("iss", "\"did:web:stranger.example\"", "iss")]
    [InlineData("iss", "7", "form")]
    [InlineData("sub", "\"did:web:stranger.example\"", "sub")]
    [InlineData("sub", "null", "sub")]
    [InlineData("iat", "1778551200", "iat")]
    [InlineData("nbf", "1778551200", "nbf")]
    [InlineData("nbf", "\"now\"", "form")]
    [InlineData("exp", "1778547000", "exp")]
    [InlineData("exp", "-1", "exp")]
    [InlineData("vp", "{}", "vp")]
    public async Task Bad_claim_is_refused_by_its_name(string claim, string value, string term)
    {
        foreach (var profile in Enum.GetValues<CredentialProfile>())
        {
            await Parties.RefusedAsync(term, parties.VerifyAsync(Changed(profile, (claims, _) => claims[claim] = JsonNode.Parse(value))));
        }
    }

    [Theory]
    [InlineData("@context", "[]", "@context")]
    [InlineData("@context", "[\"https://other.example/v1\"]", "@context")]
    [InlineData("type", "[\"MembershipCredential\"]", "type")]
    [InlineData("type", "[]", "type")]
    [InlineData("type", "[7]", "type")]
    [InlineData("id", "7", "id")]
    [InlineData("issuer", "\"did:web:stranger.example\"", "iss")]
    [InlineData("issuer", "\"https://authority.example\"", "issuer")]
    [InlineData("issuer", "{\"name\":\"n\"}", "issuer")]
    [InlineData("issuer", "null", "issuer")]
    [InlineData("credentialSubject", "[]", "credentialSubject")]
    [InlineData("credentialSubject", "[{},{}]", "credentialSubject")]
    [InlineData("credentialSubject", "\"x\"", "credentialSubject")]
    [InlineData("credentialSubject", "{\"id\":7}", "credentialSubject.id")]
    [InlineData("credentialSubject", "{\"id\":\"did:web:stranger.example\"}", "sub")]
    [InlineData("credentialStatus", "7", "credentialStatus")]
    [InlineData("credentialStatus", "{\"type\":\"OtherEntry\"}", "credentialStatus.type")]
    [InlineData("credentialStatus", "{\"type\":\"StatusList2021Entry\",\"statusPurpose\":\"message\"}", "credentialStatus.statusPurpose")]
    [InlineData("credentialStatus", "{\"type\":\"StatusList2021Entry\",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"-1\",\"statusListCredential\":\"https://a.example\"}", "credentialStatus.statusListIndex")]
    [InlineData("credentialStatus", "{\"type\":\"StatusList2021Entry\",\"statusPurpose\":\"revocation\",\"statusListCredential\":\"https://a.example\"}", "credentialStatus.statusListIndex")]
    [InlineData("credentialStatus", "{\"type\":\"StatusList2021Entry\",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"1\",\"statusListCredential\":\"file:///etc/passwd\"}", "credentialStatus.statusListCredential")]
    [InlineData("credentialStatus", "{\"type\":\"StatusList2021Entry\",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"1\",\"statusListCredential\":\"https://u:p@a.example\"}", "credentialStatus.statusListCredential")]
    [InlineData("credentialStatus", "{\"type\":\"StatusList2021Entry\",\"statusPurpose\":\"revocation\",\"statusSize\":2,\"statusListIndex\":\"1\",\"statusListCredential\":\"https://a.example\"}", "credentialStatus.statusSize")]
    [InlineData("credentialSchema", "{\"id\":\"https://a.example\"}", "credentialSchema")]
    public async Task Bad_property_is_refused_by_its_name(string property, string value, string term)
    {
        foreach (var profile in Enum.GetValues<CredentialProfile>())
        {
            await Parties.RefusedAsync(term, parties.VerifyAsync(Changed(profile, (_, credential) => credential[property] = JsonNode.Parse(value))));
        }
    }

    [Theory]
    [InlineData(CredentialProfile.Vc20, "validFrom", "2026-05-12T02:00:00Z")]
    [InlineData(CredentialProfile.Vc20, "validFrom", "2026-05-12T00:00:00")]
    [InlineData(CredentialProfile.Vc20, "validUntil", "2026-05-12T00:30:00Z")]
    [InlineData(CredentialProfile.Vc20, "validUntil", "2026-05-01T00:00:00Z")]
    [InlineData(CredentialProfile.Vc11, "issuanceDate", "2026-05-12T02:00:00Z")]
    [InlineData(CredentialProfile.Vc11, "issuanceDate", "yesterday")]
    [InlineData(CredentialProfile.Vc11, "expirationDate", "2026-05-12T00:30:00Z")]
    public async Task Credential_out_of_its_time_is_refused(CredentialProfile profile, string property, string value) =>
        await Parties.RefusedAsync(property, parties.VerifyAsync(Changed(profile, (_, credential) => credential[property] = value)));

    [Fact]
    public async Task Token_of_another_name_than_its_credential_of_model_20_is_refused() =>
        await Parties.RefusedAsync("jti", parties.VerifyAsync(Changed(CredentialProfile.Vc20, (claims, _) => claims["jti"] = "urn:uuid:8")));

    [Fact]
    public async Task Twofold_property_is_refused()
    {
        var text = Parties.Payload(Sign(CredentialProfile.Vc20)).ToJsonString();
        var payload = string.Concat("{\"issuer\":\"did:web:stranger.example\",", text.AsSpan(1));
        var jwt = Jws.Sign(Encoding.UTF8.GetBytes(payload), parties.IssuerKey, TokenTypes.Credential, $"{Parties.Issuer}#{parties.IssuerKey.Kid}");
        await Parties.RefusedAsync("payload", parties.VerifyAsync(jwt));
    }

    public static TheoryData<CredentialProfile> Both => [CredentialProfile.Vc20, CredentialProfile.Vc11];

    private static string TypeOf(CredentialProfile profile) => profile == CredentialProfile.Vc20 ? TokenTypes.Credential : TokenTypes.Jwt;

    private string Sign(CredentialProfile profile) => CredentialJwt.Sign(Parties.Content, profile, parties.IssuerKey);

    private string Changed(CredentialProfile profile, Action<JsonObject, JsonObject> change)
    {
        var claims = Parties.Payload(Sign(profile));
        change(claims, profile == CredentialProfile.Vc20 ? claims : claims["vc"]!.AsObject());
        return Parties.Signed(claims, parties.IssuerKey, TypeOf(profile), $"{Parties.Issuer}#{parties.IssuerKey.Kid}");
    }
}
