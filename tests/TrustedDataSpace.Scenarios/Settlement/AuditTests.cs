using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>An auditor's questions over real use, with the word of both connectors beside the log.</summary>
public sealed class AuditTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private readonly ReceiptSpace receipts = new(shared.Space);

    private TestSpace Space => receipts.Space;

    [Fact]
    public async Task What_was_used_is_answered_from_the_log_and_both_connectors_have_the_same()
    {
        var contract = await receipts.ContractAsync();
        await ReceiptSpace.UseAsync(contract);
        receipts.EndInterval();
        await receipts.ReceiptAsync(contract, ReceiptStates.Settled);
        await LoggedAsync();

        Assert.Empty(await GapsAsync($"agreement={contract.Agreement}&"));
        var agreement = Assert.Single((await AskAsync<AuditedAgreement>($"{AuthorityRoutes.AuditAgreements}?agreement={contract.Agreement}&check=true")).Items);
        Assert.Equal((AuditStates.InForce, "read", 1L, AuditDestruction.NotDue), (agreement.State, agreement.Terms, agreement.Version, agreement.Destruction));
        Assert.Equal([ConnectorAnswers.Agrees, ConnectorAnswers.Agrees], agreement.Connectors.Select(said => said.Answer));
        var uses = (await AskAsync<AuditedEntry>($"{AuthorityRoutes.AuditEntries}?kind=usage.recorded&product={agreement.Product}&version=1&check=true")).Items;
        Assert.Equal([TestSpace.Grid, TestSpace.Vpp], uses.Select(use => use.Entry.Source).Order());
        Assert.All(uses, use => Assert.Equal((ConnectorAnswers.Agrees, 1L), (use.Connector!.Answer, use.Version)));

        // Ended, and the consumer still has the data; then it says that it has not.
        await Space.Provider.PostAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementTermination, contract.Agreement), new Termination { Reason = "enough" });
        await LoggedAsync();
        var question = $"{AuthorityRoutes.AuditAgreements}?agreement={contract.Agreement}&undestroyed=true&check=true";
        agreement = Assert.Single((await AskAsync<AuditedAgreement>(question)).Items);
        Assert.Equal((AuditStates.Ended, AuditDestruction.NotReported, TestSpace.Grid), (agreement.State, agreement.Destruction, agreement.EndedBy));
        Assert.Equal([(ConnectorAnswers.Agrees, "the agreement is ended"), (ConnectorAnswers.Agrees, "the agreement is active")], agreement.Connectors.Select(said => (said.Answer, said.Says)));
        using var byProvider = await Space.Provider.PostAsJsonAsync(ManagementRoutes.For(ManagementRoutes.AgreementDestruction, contract.Agreement), new DestructionReport { Statement = "all" });
        Assert.Equal(HttpStatusCode.Forbidden, byProvider.StatusCode);
        using var empty = await Space.Consumer.PostAsJsonAsync(ManagementRoutes.For(ManagementRoutes.AgreementDestruction, contract.Agreement), new DestructionReport { Statement = " " });
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        await Space.Consumer.PostAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementDestruction, contract.Agreement), new DestructionReport { Statement = "copies of 2026 overwritten" });
        await LoggedAsync();
        Assert.Empty((await AskAsync<AuditedAgreement>(question)).Items);
    }

    [Fact]
    public async Task A_transfer_without_receipts_is_shown_with_what_the_connectors_know_of_its_use()
    {
        var unused = await receipts.ContractAsync();
        await LoggedAsync();

        var gap = Assert.Single(await GapsAsync($"agreement={unused.Agreement}&"));
        Assert.Equal((AuditGapKinds.TransferWithoutReceipt, unused.Flow), (gap.Kind, gap.Flow));
        Assert.All(gap.Connectors, said => Assert.Equal((ConnectorAnswers.Agrees, true), (said.Answer, said.Says!.EndsWith("was not used", StringComparison.Ordinal))));

        // Used, and the consumer's meter forgets it: the two connectors say different things, and nobody has matched anything yet.
        await ReceiptSpace.UseAsync(unused);
        await receipts.TamperAsync(Space.Consumer, $"DELETE FROM usage_intervals WHERE flow = '{unused.Flow}'");
        gap = Assert.Single(await GapsAsync($"agreement={unused.Agreement}&"));
        Assert.Equal([(TestSpace.Grid, ConnectorAnswers.HasMore), (TestSpace.Vpp, ConnectorAnswers.Agrees)], gap.Connectors.Select(said => (said.Participant, said.Answer)));
    }

    [Fact]
    public async Task Only_the_authority_asks_a_connector_what_it_has()
    {
        var services = Space.Behind(Space.Consumer).Services;
        var now = DateTimeOffset.FromUnixTimeSeconds(Space.Clock.GetUtcNow().ToUnixTimeSeconds());
        var token = new SelfIssuedIdToken { Issuer = Did.Parse(TestSpace.Vpp), Audience = Did.Parse(TestSpace.Grid), Id = Guid.NewGuid().ToString(), IssuedAt = now, ExpiresAt = now.AddMinutes(2) }
            .Sign(((KeyStore)services.GetService(typeof(KeyStore))!).Signing("participant"));
        using var http = new HttpClient { BaseAddress = Space.Provider.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var member = await http.PostAsync(new Uri(AuditInquiry.Route, UriKind.Relative), Body());
        Assert.NotEqual(HttpStatusCode.OK, member.StatusCode);
        Assert.Contains(member.StatusCode, new[] { HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized });
        using var stranger = new HttpClient { BaseAddress = Space.Provider.BaseAddress };
        using var nobody = await stranger.PostAsync(new Uri(AuditInquiry.Route, UriKind.Relative), Body());
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);

        static ByteArrayContent Body() => new(ProtocolJson.Write(new AuditInquiry { Flows = ["any"] })) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }

    private async Task<IReadOnlyList<AuditGap>> GapsAsync(string query) => (await AskAsync<AuditGap>($"{AuthorityRoutes.AuditGaps}?{query}olderThan=0&check=true")).Items;

    private Task<Page<T>> AskAsync<T>(string route) => Space.Operator.WaitAsync<Page<T>>(route, 0);

    // All that the three have said so far stands in the log.
    private async Task LoggedAsync()
    {
        foreach (var service in new[] { Space.Provider, Space.Consumer, Space.Operator })
        {
            var trail = receipts.Of<EvidenceTrail>(service);
            Assert.True(await receipts.Of<Database>(service).WaitUntilAsync(() => trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));
        }
    }
}
