using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Presentations;

/// <summary>A whole space in which connectors prove themselves by what the authority's issuer has given them.</summary>
public sealed class PresentationTests
{
    [Fact]
    public async Task Members_make_a_contract_by_what_they_present_until_they_are_suspended()
    {
        await using var space = await TestSpace.StartAsync(adjust: (_, settings) => settings with { Credentials = new CredentialOptions { ProveBy = PeerProof.Presentation } });
        var metadata = DcpJson.Read<IssuerMetadata>(await space.Operator.GetByteArrayAsync(new Uri(AuthorityRoutes.IssuerService + DcpRoutes.Metadata, UriKind.Relative)));
        var membership = metadata.CredentialsSupported.First(one => one is { CredentialType: "MembershipCredential", Profile: "vc20-bssl/jwt" }).Id;
        foreach (var connector in new[] { space.Provider, space.Consumer })
        {
            var request = await connector.PostAsync<CredentialRequestView>(ManagementRoutes.CredentialRequests, new CredentialRequestStart { Credentials = [membership] });
            var address = ManagementRoutes.For(ManagementRoutes.CredentialRequestById, request.Id);
            await connector.WaitAsync<CredentialRequestView>(address);
            var issued = await connector.WaitAsync<CredentialRequestView>(address + "?after=received");
            Assert.Equal((CredentialRequestStates.Issued, null), (issued.State, issued.Reason));
        }

        Assert.NotEmpty((await space.ContractAsync("curves")).Agreement);

        // The same tokens that the connectors send each other, looked at by the provider.
        var peer = await VerifyAsync(space);
        Assert.Equal((TestSpace.Vpp, "44"), (peer.Id, peer.Region));

        await space.Operator.PostAsync<Participant>(AuthorityRoutes.ForSuspension(TestSpace.Vpp), new { reason = "audit" });
        space.Clock.Set(space.Clock.GetUtcNow().AddMinutes(1));
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => VerifyAsync(space));
        Assert.Equal((RefusalCode.Unauthenticated, "iss"), (refusal.Code, refusal.Term));
    }

    private static async Task<Peer> VerifyAsync(TestSpace space)
    {
        var text = await space.Behind(space.Consumer).Services.GetRequiredService<IPeerTokens>().ForAsync(TestSpace.Grid, default);
        var provider = space.Behind(space.Provider).Services;
        var token = await provider.GetRequiredService<SelfIssuedTokens>().VerifyAsync(text!, default);
        Assert.Equal(Did.Parse(TestSpace.Vpp), token.Issuer);
        return await provider.GetRequiredService<PresentationVerifier>().VerifyAsync(token, default);
    }
}
