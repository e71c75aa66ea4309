using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Negotiation;

/// <summary>Two real connectors and a real authority come to a contract, or do not.</summary>
public sealed class NegotiationTests : IAsyncLifetime
{
    private TestSpace space = null!;

    public async ValueTask InitializeAsync() => space = await TestSpace.StartAsync();

    public ValueTask DisposeAsync() => space.DisposeAsync();

    [Fact]
    public async Task Both_sides_hold_the_same_contract_the_authority_has_filed_it_and_every_step_is_in_the_log()
    {
        await space.PublishAsync("curves", TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        var negotiation = await NegotiateAsync("curves");
        Assert.Equal("FINALIZED", negotiation.State);

        var route = ManagementRoutes.For(ManagementRoutes.AgreementById, negotiation.AgreementId!);
        var provider = await space.Provider.WaitAsync<AgreementView>(route);
        var consumer = await space.Consumer.WaitAsync<AgreementView>(route);
        Assert.Equal((provider.Hash, "PROVIDER", "CONSUMER"), (consumer.Hash, provider.Role, consumer.Role));
        Assert.True(provider.Filed);
        Assert.Equal("attested", Assert.Single(consumer.Coverage, term => term.Term == "permission[0].constraint[0]").Word);

        var filed = await space.Operator.WaitAsync<JsonElement>(AuthorityRoutes.ForAgreement(provider.Id));
        Assert.Contains(provider.Hash, filed.GetRawText(), StringComparison.Ordinal);

        await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        await space.Consumer.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        var log = await space.Operator.GetStringAsync(new Uri(AuthorityRoutes.EvidenceEntriesPage(0, 200), UriKind.Relative));
        foreach (var kind in new[] { "requested", "agreed", "verified", "finalized" })
        {
            // Once by each party.
            Assert.Equal(2, log.Split($"\"negotiation.{kind}\"").Length - 1);
        }
    }

    [Fact]
    public async Task A_contract_whose_time_is_over_is_refused_with_the_term_on_both_sides()
    {
        var yesterday = (space.Clock.GetUtcNow() - TimeSpan.FromDays(1)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await space.PublishAsync("curves", TestSpace.Constraint("dateTime", "lteq", yesterday));
        var consumer = await NegotiateAsync("curves");
        Assert.Equal("TERMINATED", consumer.State);
        Assert.Contains("permission[0].constraint[0]", Assert.Single(consumer.Reasons), StringComparison.Ordinal);

        var page = await space.Provider.WaitAsync<Page<NegotiationView>>(ManagementRoutes.Negotiations);
        var provider = Assert.Single(page.Items);
        Assert.Equal(("TERMINATED", "PROVIDER", TestSpace.Vpp), (provider.State, provider.Role, provider.Counterparty));
        Assert.Equal(consumer.Reasons, provider.Reasons);
        Assert.Null(consumer.AgreementId);
    }

    [Fact]
    public async Task Negotiations_side_by_side_all_come_to_their_end()
    {
        await space.PublishAsync("curves");
        var ended = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => NegotiateAsync("curves")));
        Assert.All(ended, negotiation => Assert.Equal("FINALIZED", negotiation.State));
        Assert.Equal(25, ended.Select(negotiation => negotiation.AgreementId).Distinct().Count());
    }

    [Fact]
    public async Task A_newer_version_of_the_product_does_not_touch_a_contract_in_force()
    {
        await space.PublishAsync("curves");
        var negotiation = await NegotiateAsync("curves");
        var newer = await space.PublishAsync("curves", TestSpace.Constraint("purpose", "eq", "inference"));
        Assert.Equal(2, newer.Version);

        var transfer = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = negotiation.AgreementId! });
        transfer = await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id));
        Assert.Equal("STARTED", transfer.State);
    }

    [Fact]
    public async Task A_suspended_member_cannot_even_ask()
    {
        await space.PublishAsync("curves");
        await space.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForSuspension(TestSpace.Vpp), new { reason = "audit" });
        using var request = JsonContent.Create(Start("curves"), options: ProtocolJson.Options);
        using var answer = await space.Consumer.PostAsync(new Uri(ManagementRoutes.Negotiations, UriKind.Relative), request);

        // The authority gives it no token, or takes the one that it has no longer.
        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.Forbidden });
        Assert.Matches("access token|not an active member", (await answer.ProblemAsync()).GetProperty("detail").GetString());
        Assert.Empty((await space.Provider.WaitAsync<Page<NegotiationView>>(ManagementRoutes.Negotiations)).Items);
    }

    private static NegotiationStart Start(string product) => new() { Provider = TestSpace.Grid, DatasetId = product, OfferId = $"offer:{product}:1" };

    private async Task<NegotiationView> NegotiateAsync(string product)
    {
        var begun = await space.Consumer.PostAsync<NegotiationView>(ManagementRoutes.Negotiations, Start(product));
        return await space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, begun.Id));
    }
}
