using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Credentials;

public sealed class PresentationJwtTests : IDisposable
{
    private readonly Parties parties = new();

    public void Dispose() => parties.Dispose();

    [Theory]
    [InlineData(CredentialProfile.Vc20)]
    [InlineData(CredentialProfile.Vc11)]
    public async Task Presentation_shows_what_was_signed(CredentialProfile profile)
    {
        var shown = await parties.PresentAsync(Present(profile, Credential(profile), Credential(profile)));
        Assert.Equal((profile, Parties.Holder, "urn:uuid:9", Parties.Now.AddMinutes(5)), (shown.Profile, shown.Holder, shown.Id, shown.ExpiresAt));
        Assert.Equal(2, shown.Credentials.Count);
        Assert.All(shown.Credentials, credential => Assert.True(credential.Is("MembershipCredential")));
    }

    [Fact]
    public async Task Empty_presentation_shows_nothing() => Assert.Empty((await parties.PresentAsync(Present(CredentialProfile.Vc11))).Credentials);

    [Fact]
    public async Task Model_11_may_leave_the_context_out() =>
        Assert.Single((await parties.PresentAsync(Changed(CredentialProfile.Vc11, (_, vp) => vp.Remove("@context")))).Credentials);

    [Theory]
    [InlineData(CredentialProfile.Vc20, CredentialProfile.Vc11)]
    [InlineData(CredentialProfile.Vc11, CredentialProfile.Vc20)]
    public async Task Mixed_data_models_are_refused(CredentialProfile outer, CredentialProfile inner) =>
        await Parties.RefusedAsync("verifiableCredential", parties.PresentAsync(Present(outer, Credential(inner))));

    [Theory]
    [InlineData(CredentialProfile.Vc20)]
    [InlineData(CredentialProfile.Vc11)]
    public async Task Credential_about_somebody_else_is_refused(CredentialProfile profile)
    {
        var others = CredentialJwt.Sign(Parties.Content with { SubjectId = Parties.Stranger.Value }, profile, parties.IssuerKey);
        await Parties.RefusedAsync("credentialSubject.id", parties.PresentAsync(Present(profile, Credential(profile), others)));
    }

    [Theory]
    [InlineData(CredentialProfile.Vc20)]
    [InlineData(CredentialProfile.Vc11)]
    public async Task Presentation_by_somebody_else_is_refused(CredentialProfile profile)
    {
        var stolen = Parties.Shown(Credential(profile)) with { Holder = Parties.Stranger };
        await Parties.RefusedAsync("kid", parties.PresentAsync(PresentationJwt.Sign(stolen, profile, parties.StrangerKey)));

        // With the holder's name in the header, and a key that its document does not name.
        await Parties.RefusedAsync("key", parties.PresentAsync(PresentationJwt.Sign(Parties.Shown(Credential(profile)), profile, parties.StrangerKey)));

        // The issuer's key is named for assertions, not for authentication.
        var expected = new PresentationExpectation { Holder = Parties.Issuer, Audience = Parties.Verifier };
        var own = PresentationJwt.Sign(Parties.Shown() with { Holder = Parties.Issuer }, profile, parties.IssuerKey);
        await Parties.RefusedAsync("key", PresentationJwt.VerifyAsync(own, expected, parties.KeyAsync, Parties.Now, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("iss", "\"did:web:stranger.example\"", "iss")]
    [InlineData("iss", null, "iss")]
    [InlineData("sub", "\"did:web:stranger.example\"", "sub")]
    [InlineData("aud", "\"did:web:stranger.example\"", "aud")]
    [InlineData("aud", "[\"did:web:stranger.example\"]", "aud")]
    [InlineData("aud", null, "aud")]
    [InlineData("aud", "null", "aud")]
    [InlineData("jti", null, "jti")]
    [InlineData("jti", "\"\"", "jti")]
    [InlineData("jti", "7", "form")]
    [InlineData("exp", null, "exp")]
    [InlineData("exp", "1778547500", "exp")]
    [InlineData("exp", "1778600000", "exp")]
    [InlineData("exp", "\"soon\"", "form")]
    [InlineData("nbf", "1778548000", "nbf")]
    [InlineData("iat", "1778548000", "iat")]
    public async Task Bad_claim_is_refused_by_its_name(string claim, string? value, string term)
    {
        foreach (var profile in Enum.GetValues<CredentialProfile>())
        {
            await Parties.RefusedAsync(term, parties.PresentAsync(Changed(profile, (claims, _) => Set(claims, claim, value))));
        }
    }

    [Theory]
    [InlineData("type", "[\"Other\"]", "type")]
    [InlineData("type", null, "type")]
    [InlineData("@context", "[\"https://other.example\"]", "@context")]
    [InlineData("holder", "\"did:web:stranger.example\"", "holder")]
    [InlineData("holder", "{}", "holder")]
    [InlineData("verifiableCredential", "[7]", "verifiableCredential")]
    [InlineData("verifiableCredential", "[{\"type\":\"EnvelopedVerifiableCredential\",\"id\":\"data:text/plain,x\"}]", "verifiableCredential")]
    public async Task Bad_property_is_refused_by_its_name(string property, string? value, string term)
    {
        foreach (var profile in Enum.GetValues<CredentialProfile>())
        {
            await Parties.RefusedAsync(term, parties.PresentAsync(Changed(profile, (_, vp) => Set(vp, property, value))));
        }
    }

    [Fact]
    public async Task Credential_that_is_refused_alone_is_refused_in_a_presentation()
    {
        var ended = CredentialJwt.Sign(Parties.Content with { ValidUntil = Parties.Now.AddMinutes(-5) }, CredentialProfile.Vc20, parties.IssuerKey);
        await Parties.RefusedAsync("exp", parties.PresentAsync(Present(CredentialProfile.Vc20, ended)));
    }

    [Fact]
    public async Task Credential_is_no_presentation_and_a_presentation_no_credential()
    {
        await Parties.RefusedAsync("kid", parties.PresentAsync(Credential(CredentialProfile.Vc11)));
        await Parties.RefusedAsync("typ", parties.PresentAsync(Parties.Signed(Parties.Payload(Credential(CredentialProfile.Vc20)), parties.HolderKey, TokenTypes.Credential, $"{Parties.Holder}#{parties.HolderKey.Kid}")));
        await Parties.RefusedAsync("key", parties.VerifyAsync(Present(CredentialProfile.Vc11)));
        await Parties.RefusedAsync("length", parties.PresentAsync(new string('a', PresentationJwt.MaxLength + 1)));
    }

    private static void Set(JsonObject json, string name, string? value)
    {
        json.Remove(name);
        if (value is not null)
        {
            json[name] = JsonNode.Parse(value);
        }
    }

    private string Credential(CredentialProfile profile) => CredentialJwt.Sign(Parties.Content, profile, parties.IssuerKey);

    private string Present(CredentialProfile profile, params string[] credentials) => PresentationJwt.Sign(Parties.Shown(credentials), profile, parties.HolderKey);

    private string Changed(CredentialProfile profile, Action<JsonObject, JsonObject> change)
    {
        var claims = Parties.Payload(Present(profile, Credential(profile)));
        change(claims, profile == CredentialProfile.Vc20 ? claims : claims["vp"]!.AsObject());
        var type = profile == CredentialProfile.Vc20 ? TokenTypes.Presentation : TokenTypes.Jwt;
        return Parties.Signed(claims, parties.HolderKey, type, $"{Parties.Holder}#{parties.HolderKey.Kid}");
    }
}
