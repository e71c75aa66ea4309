using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.Dcp;
using Xunit;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>What the kit asks of a verifier: package <c>presentation.verifier</c>.</summary>
public sealed class VerifierKitTests(VerifierKit kit) : ConnectorKitTests(kit), IClassFixture<VerifierKit>
{
    // The connector keeps lists and schemas for a while: each test has its own.
    private readonly string name = Guid.NewGuid().ToString();

    public static TheoryData<string> BadTokens() =>
        ["no header", "no bearer", "fake token", "another audience", "another subject", "nbf in future", "iat in future", "expired", "wrong key"];

    public static TheoryData<string> BadPresentations() =>
        ["denied", "empty", "no credentials", "different credential", "holder is not the subject", "expired", "not yet valid", "revoked", "schema violated"];

    [Fact]
    public async Task Endpoint_is_discovered() => Assert.StartsWith("http", await ServiceAsync(), StringComparison.Ordinal);

    [Theory]
    [InlineData(Membership)]
    [InlineData(Membership, SensitiveData)]
    public async Task Holder_that_shows_what_is_asked_for_or_more_is_let_in(params string[] types)
    {
        Show([.. types.Select(type => Issue(Kit.Holder.Did, type))]);
        Assert.InRange(await TriggerAsync(Header("good", Kit.Holder, Guid.NewGuid().ToString())), 200, 299);

        // Exactly that, with the access token that the holder gave.
        Assert.Equal([MembershipScope], Assert.Single(Kit.Queries).Query.Scope);
        Assert.Empty(Kit.Faults);
    }

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task Bad_token_is_refused(string what)
    {
        Show(Issue(Kit.Holder.Did, Membership));
        Assert.InRange(await TriggerAsync(Header(what, Kit.Holder, Guid.NewGuid().ToString())), 400, 499);
        Assert.Empty(Kit.Queries);
    }

    [Fact]
    public async Task Token_without_an_access_token_is_refused()
    {
        Show(Issue(Kit.Holder.Did, Membership));
        Assert.InRange(await TriggerAsync(Header("good", Kit.Holder)), 400, 499);
    }

    [Fact]
    public async Task Jti_is_used_once()
    {
        Show(Issue(Kit.Holder.Did, Membership));
        var first = Kit.Holder.Claims(Sut, "t1");
        var second = Kit.Holder.Claims(Sut, "t2");
        second["jti"] = (string?)first["jti"];
        Assert.InRange(await TriggerAsync("Bearer " + Kit.Holder.Sign(first)), 200, 299);
        Assert.InRange(await TriggerAsync("Bearer " + Kit.Holder.Sign(second)), 400, 499);
    }

    [Theory]
    [MemberData(nameof(BadPresentations))]
    public async Task Bad_presentation_is_refused(string what)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        var holder = Kit.Holder.Did;
        switch (what)
        {
            case "denied":
                break;
            case "empty":
                Kit.Present = (_, _) => new PresentationResponseMessage { Presentation = [] };
                break;
            case "no credentials":
                Show();
                break;
            case "different credential":
                Show(Issue(holder, SensitiveData));
                break;
            case "holder is not the subject":
                Show(Issue(Kit.ThirdParty.Did, Membership));
                break;
            case "expired":
                Show(Issue(holder, Membership, content => content with { ValidFrom = now.AddHours(-1), ValidUntil = now.AddSeconds(-100) }));
                break;
            case "not yet valid":
                Show(Issue(holder, Membership, content => content with { ValidFrom = now.AddHours(1), ValidUntil = now.AddHours(2) }));
                break;
            case "revoked":
                Publish(revoked: true);
                Show(Issue(holder, Membership, WithStatus));
                break;
            case "schema violated":
                Kit.Documents[name + "-schema"] = ProtocolJson.Write(DcpSpec.Read("credential-schemas/membership-credential-schema.json"));
                Show(Kit.Issuer.Issue(holder, Membership, new JsonObject { ["baz"] = "quazz" }, CredentialProfile.Vc11, content => content with { Schema = Kit.DocumentUrl(name + "-schema") }));
                break;
        }

        Assert.InRange(await TriggerAsync(Header("good", Kit.Holder, Guid.NewGuid().ToString())), 400, 499);
    }

    [Fact]
    public async Task Status_and_schema_that_are_in_order_let_the_same_credential_pass()
    {
        Publish(revoked: false);
        Kit.Documents[name + "-schema"] = ProtocolJson.Write(DcpSpec.Read("credential-schemas/membership-credential-schema.json"));
        Show(Issue(Kit.Holder.Did, Membership, content => WithStatus(content) with { Schema = Kit.DocumentUrl(name + "-schema") }));
        Assert.InRange(await TriggerAsync(Header("good", Kit.Holder, Guid.NewGuid().ToString())), 200, 299);
    }

    private CredentialContent WithStatus(CredentialContent content) => content with { Status = [new CredentialStatusEntry(CredentialStatusEntry.Revocation, 1, Kit.DocumentUrl(name + "-list"))] };

    private void Publish(bool revoked)
    {
        var list = new StatusList();
        list.Set(1, revoked);
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        Kit.Documents[name + "-list"] = System.Text.Encoding.ASCII.GetBytes(StatusListCredential.Sign(
            list, new StatusListPublication(Kit.DocumentUrl(name + "-list"), Kit.Issuer.Did, CredentialStatusEntry.Revocation, now, now.AddHours(1)), CredentialProfile.Vc11, Kit.Issuer.Key));
    }

    private void Show(params string[] credentials) => Kit.Present = (token, _) =>
        new PresentationResponseMessage { Presentation = [ProtocolJson.ToElement(Kit.Holder.Present(token.Issuer, credentials, CredentialProfile.Vc11))] };

    /// <summary>With the kit's own message, which is none of the Dataspace Protocol.</summary>
    private async Task<int> TriggerAsync(string? header) => (await Kit.SendAsync(
        Configuration["dataspacetck.vpp.trigger.endpoint"],
        """{"@type":"https://w3id.org/dspace/2024/1/CatalogRequestMessage","https://w3id.org/dspace/v0.8/filter":{}}"""u8.ToArray(),
        header)).Status;
}
