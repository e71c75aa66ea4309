using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Credentials;

public sealed class TrustListTests : IDisposable
{
    private readonly Parties parties = new();

    private static TrustList List => new()
    {
        Space = "power-grid",
        Authority = Parties.Issuer,
        Version = 7,
        IssuedAt = Parties.Now,
        ExpiresAt = Parties.Now.AddDays(1),
        Issuers = [new(Parties.Issuer, ["MembershipCredential"]), new(Parties.Stranger, ["GridOperatorCredential", "SurveyingLicenceCredential"]) { Claims = ["licence"] }],
    };

    public void Dispose() => parties.Dispose();

    [Fact]
    public void List_says_what_was_signed()
    {
        var read = Verify(List.Sign(parties.IssuerKey));
        Assert.Equal((7, "power-grid", Parties.Now.AddDays(1)), (read.Version, read.Space, read.ExpiresAt));
        Assert.True(read.Trusts(Parties.Issuer, "MembershipCredential"));
        Assert.True(read.Trusts(Parties.Stranger, "SurveyingLicenceCredential"));
        Assert.False(read.Trusts(Parties.Stranger, "MembershipCredential"));
        Assert.False(read.Trusts(Parties.Holder, "MembershipCredential"));
        Assert.Equal(["licence"], read.Issuers[1].Claims);
        Assert.Empty(read.Issuers[0].Claims);
    }

    [Fact]
    public async Task Issuer_is_believed_only_for_all_that_its_credential_is()
    {
        var credential = await parties.VerifyAsync(CredentialJwt.Sign(Parties.Content, CredentialProfile.Vc20, parties.IssuerKey));
        Assert.True(List.Trusts(credential));
        Assert.False(List.Trusts(credential with { Types = [.. credential.Types, "GridOperatorCredential"] }));
        Assert.False(List.Trusts(credential with { Types = [VerifiableCredential.BaseType] }));
        Assert.False(List.Trusts(credential with { Issuer = Parties.Stranger }));
    }

    [Fact]
    public void List_of_another_space_authority_time_or_type_is_refused()
    {
        Refused("sub", (List with { Space = "other" }).Sign(parties.IssuerKey));
        Refused("iss", (List with { Authority = Parties.Stranger }).Sign(parties.IssuerKey));
        Refused("exp", (List with { ExpiresAt = Parties.Now.AddMinutes(-1) }).Sign(parties.IssuerKey));
        Refused("iat", (List with { IssuedAt = Parties.Now.AddMinutes(1) }).Sign(parties.IssuerKey));
        Refused("version", (List with { Version = 0 }).Sign(parties.IssuerKey));
        Refused("issuers", (List with { Issuers = [List.Issuers[1], List.Issuers[1]] }).Sign(parties.IssuerKey));
        Refused("issuers", (List with { Issuers = [List.Issuers[1] with { Claims = [.. Enumerable.Range(0, 501).Select(i => $"c{i}")] }] }).Sign(parties.IssuerKey));
        Refused("kid", List.Sign(parties.StrangerKey));
        Refused("typ", Jwt.Sign(Parties.Payload(List.Sign(parties.IssuerKey)), parties.IssuerKey, TokenTypes.Credential));
        Refused("aud", Changed(claims => claims["aud"] = "did:web:other.example"));
        Refused("$", Changed(claims => claims.Remove("issuers")));
        Refused("$.issuers[0].issuer", Changed(claims => claims["issuers"]![0]!["issuer"] = "https://no.did"));
        Refused("length", new string('a', TrustList.MaxLength + 1));
    }

    [Fact]
    public void List_never_goes_back()
    {
        List.RequireAfter(null);
        List.RequireAfter(List with { Version = 6 });
        List.RequireAfter(List with { IssuedAt = Parties.Now.AddHours(-1) });
        foreach (var known in new[] { List with { Version = 8 }, List with { Issuers = [List.Issuers[0]] } })
        {
            Assert.Equal("version", Assert.Throws<RefusalException>(() => List.RequireAfter(known)).Term);
        }
    }

    private string Changed(Action<JsonObject> change)
    {
        var claims = Parties.Payload(List.Sign(parties.IssuerKey));
        change(claims);
        return Jwt.Sign(claims, parties.IssuerKey, TokenTypes.TrustList);
    }

    private TrustList Verify(string jws) => TrustList.Verify(jws, Parties.Issuer, "power-grid", [parties.IssuerKey.Public], Parties.Now);

    private void Refused(string term, string jws) => Assert.Equal(term, Assert.Throws<RefusalException>(() => Verify(jws)).Term);
}
