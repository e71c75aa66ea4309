using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Presentations;

/// <summary>A contract asks for a licence: at the catalog, in the negotiation, at the start of the transfer, at each request and while an answer flows.</summary>
public sealed class ClaimTests
{
    private const string Licence = "GridOperatorCredential";
    private const string Rival = "did:web:rival.example";
    private const string Regulator = "did:web:regulator.example";

    private static readonly OdrlConstraint Term = TestSpace.Constraint("tds:claim/licence", "eq", "L-1");

    [Fact]
    public async Task Holder_of_a_licence_gets_what_asks_for_it_and_loses_it_in_the_middle_of_an_answer_when_it_is_revoked()
    {
        await using var space = await TestSpace.StartAsync(adjust: (_, settings) => settings with
        {
            Credentials = new CredentialOptions { ProveBy = PeerProof.Presentation, Shown = ["MembershipCredential", Licence], Asked = [Licence] },
        });
        var rival = await space.StartConnectorAsync("rival", Rival, "44");
        await space.AdmitAsync(Rival);
        await rival.WaitAsync<ConnectorStatus>(ManagementRoutes.Status);
        var licence = await space.Operator.PostAsync<IssuedCredential>(
            AuthorityRoutes.Credentials,
            new CredentialOrder { Type = Licence, Holder = Did.Parse(TestSpace.Vpp), Claims = JsonSerializer.SerializeToElement(new { licence = "L-1", area = "44" }) });
        var other = await space.Operator.PostAsync<IssuedCredential>(
            AuthorityRoutes.Credentials,
            new CredentialOrder { Type = Licence, Holder = Did.Parse(Rival), Claims = JsonSerializer.SerializeToElement(new { licence = "L-2", area = "44" }) });
        await RequestAsync(space, space.Provider, "MembershipCredential");
        await RequestAsync(space, space.Consumer, "MembershipCredential", Licence);
        await RequestAsync(space, rival, "MembershipCredential", Licence);

        var contract = await space.ContractAsync("licensed", Term);
        using (var answer = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await AssertRefusedAsync(rival);

        // Told, not looked up: the clock stands still, so that no list grows old.
        space.Source = async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync("id\n1\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        using var flowing = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await flowing.Content.ReadAsStreamAsync();
        Assert.NotEqual(0, await stream.ReadAsync(new byte[3]).AsTask().Within("the first bytes"));

        // Another's revocation is looked at, and changes nothing here.
        await space.Operator.PostAsync<IssuedCredential>(AuthorityRoutes.ForCredentialRevocation(other.Id), new CredentialStep("gave it back"));
        using (var answer = await SecondAsync(space, contract))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await space.Operator.PostAsync<IssuedCredential>(AuthorityRoutes.ForCredentialRevocation(licence.Id), new CredentialStep("licence withdrawn"));
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.ReadAsync(new byte[16]) > 0)
            {
            }
        }).Within("the cut");
        using var refused = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("permission[0].constraint[0]", (await refused.ProblemAsync()).GetProperty("term").GetString());
        Assert.Equal("PROVIDER", (await space.Provider.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Flow), seconds: 0)).Role);
    }

    [Fact]
    public async Task Connectors_follow_the_signed_list_of_whom_the_space_believes()
    {
        await using var space = await TestSpace.StartAsync();
        var trust = space.Behind(space.Provider).Services.GetRequiredService<SpaceTrust>();
        await UntilAsync(space, () => trust.Version > 0);
        var first = trust.Version;
        using (var trusted = await PutAsync(space, new IssuerTrust { Types = [Licence] }))
        {
            Assert.Equal(HttpStatusCode.OK, trusted.StatusCode);
        }

        await UntilAsync(space, () => trust.Knows(Did.Parse(Regulator)));
        Assert.True(trust.Version > first);
        using (var distrusted = await space.Operator.DeleteAsync(new Uri(AuthorityRoutes.ForTrustedIssuer(Regulator), UriKind.Relative)))
        {
            Assert.Equal(HttpStatusCode.NoContent, distrusted.StatusCode);
        }

        await UntilAsync(space, () => !trust.Knows(Did.Parse(Regulator)));
        Assert.True(trust.Version > first + 1);
    }

    private static Task<HttpResponseMessage> SecondAsync(TestSpace space, TestContract contract)
    {
        var endless = space.Source;
        space.Source = async context =>
        {
            space.Source = endless;
            await TestSpace.Csv(context);
        };
        return contract.UseAsync();
    }

    private static Task<HttpResponseMessage> PutAsync(TestSpace space, IssuerTrust trust) =>
        space.Operator.PutAsJsonAsync(AuthorityRoutes.ForTrustedIssuer(Regulator), trust, ProtocolJson.Options);

    private static async Task UntilAsync(TestSpace space, Func<bool> condition) =>
        Assert.True(await space.Behind(space.Provider).Services.GetRequiredService<Database>().WaitUntilAsync(condition, Deadline.Limit, CancellationToken.None), "The list did not arrive.");

    // To it the catalog shows no such product: it asks for the contract all the same, with the same terms.
    private static async Task AssertRefusedAsync(HttpClient rival)
    {
        var terms = JsonSerializer.SerializeToElement(new Dictionary<string, object?>
        {
            ["@type"] = "Offer",
            ["permission"] = new[] { new { action = "use", constraint = new[] { Term } } },
            ["tds:meter"] = new { unit = "row", format = "text/csv", valuesPerRecord = 2 },
        });
        var asked = new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "licensed", OfferId = "offer:licensed:1" };
        using (var unseen = await rival.PostAsJsonAsync(ManagementRoutes.Negotiations, asked, ProtocolJson.Options))
        {
            Assert.Equal(HttpStatusCode.NotFound, unseen.StatusCode);
        }

        var negotiation = await rival.PostAsync<NegotiationView>(ManagementRoutes.Negotiations, asked with { Offer = terms });
        negotiation = await rival.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id));
        Assert.Equal("TERMINATED", negotiation.State);
        Assert.Contains("permission[0].constraint[0]", string.Join(' ', negotiation.Reasons), StringComparison.Ordinal);
    }

    private static async Task RequestAsync(TestSpace space, HttpClient connector, params string[] types)
    {
        var metadata = DcpJson.Read<IssuerMetadata>(await space.Operator.GetByteArrayAsync(new Uri(AuthorityRoutes.IssuerService + DcpRoutes.Metadata, UriKind.Relative)));
        var objects = metadata.CredentialsSupported.Where(one => types.Contains(one.CredentialType) && one.Profile == "vc20-bssl/jwt").Select(one => one.Id).ToList();
        Assert.Equal(types.Length, objects.Count);
        var request = await connector.PostAsync<CredentialRequestView>(ManagementRoutes.CredentialRequests, new CredentialRequestStart { Credentials = objects });
        var address = ManagementRoutes.For(ManagementRoutes.CredentialRequestById, request.Id);
        await connector.WaitAsync<CredentialRequestView>(address);
        var issued = await connector.WaitAsync<CredentialRequestView>(address + "?after=received");
        Assert.Equal((CredentialRequestStates.Issued, null), (issued.State, issued.Reason));
    }
}
