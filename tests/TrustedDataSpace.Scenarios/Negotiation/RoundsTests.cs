using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Scenarios.Negotiation;

/// <summary>Two real connectors that bargain, both driven by their management interfaces.</summary>
public sealed class RoundsTests : IAsyncLifetime
{
    private TestSpace space = null!;

    public async ValueTask InitializeAsync() => space = await TestSpace.StartAsync();

    public ValueTask DisposeAsync() => space.DisposeAsync();

    [Fact]
    public async Task Both_sides_bargain_and_end_with_the_same_rounds_and_an_agreement_that_both_have_signed()
    {
        await PublishAsync("curves", NegotiationModes.Manual, Uses(10));
        var mine = await StartAsync(space.Consumer, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "curves", OfferId = "offer:curves:1", Offer = Uses(50), Mode = NegotiationModes.Manual });
        var theirs = await OtherSideAsync(mine);
        Assert.Equal(("REQUESTED", true), (theirs.State, theirs.Waiting));

        await StepAsync(space.Provider, ManagementRoutes.NegotiationOffer, theirs, new NegotiationTerms { Offer = Uses(20) });
        mine = await AfterAsync(space.Consumer, mine);
        Assert.Equal(("OFFERED", true), (mine.State, mine.Waiting));
        await StepAsync(space.Consumer, ManagementRoutes.NegotiationRequest, mine, new NegotiationTerms { Offer = Uses(30) });
        theirs = await AfterAsync(space.Provider, theirs, "OFFERED");
        await StepAsync(space.Provider, ManagementRoutes.NegotiationOffer, theirs);
        mine = await AfterAsync(space.Consumer, mine, "REQUESTED");
        await StepAsync(space.Consumer, ManagementRoutes.NegotiationAcceptance, mine);
        theirs = await AfterAsync(space.Provider, theirs, "OFFERED");
        await StepAsync(space.Provider, ManagementRoutes.NegotiationAgreement, theirs);
        mine = await AfterAsync(space.Consumer, mine, "ACCEPTED");
        await StepAsync(space.Consumer, ManagementRoutes.NegotiationVerification, mine);
        theirs = await AfterAsync(space.Provider, theirs, "AGREED");
        await StepAsync(space.Provider, ManagementRoutes.NegotiationFinalization, theirs);
        mine = await AfterAsync(space.Consumer, mine, "VERIFIED");
        Assert.Equal("FINALIZED", mine.State);

        var consumers = await RoundsAsync(space.Consumer, mine);
        var providers = await RoundsAsync(space.Provider, theirs);
        Assert.Equal([("CONSUMER", "REQUESTED"), ("PROVIDER", "OFFERED"), ("CONSUMER", "REQUESTED"), ("PROVIDER", "OFFERED"), ("PROVIDER", "AGREED")], consumers.Select(round => (round.By, round.State)));
        Assert.Equal(consumers.Select(round => round.Hash), providers.Select(round => round.Hash));
        Assert.Equal(("/permission/0/constraint/0/rightOperand", "50", "20"), ChangeOf(providers[1]));
        Assert.Equal(("/permission/0/constraint/0/rightOperand", "20", "30"), ChangeOf(consumers[2]));
        Assert.Empty(consumers[3].Changes);

        var agreement = await space.Consumer.WaitAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementById, mine.AgreementId!));
        Assert.Equal("30", agreement.Policy.GetProperty("permission")[0].GetProperty("constraint")[0].GetProperty("rightOperand").GetString());
        var document = new PolicyDocument(agreement.Policy);
        Assert.Equal(["PROVIDER", "CONSUMER"], agreement.Signatures.Select(signature => signature.By));
        foreach (var (signature, member) in agreement.Signatures.Zip([TestSpace.Grid, TestSpace.Vpp]))
        {
            AgreementSignature.Verify(signature.Jws, document, [await KeyOfAsync(member)]);
        }

        var same = await space.Provider.WaitAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementById, mine.AgreementId!));
        Assert.Equal((agreement.Hash, agreement.Signatures), (same.Hash, same.Signatures), AgreementsAreEqual);
    }

    [Fact]
    public async Task An_offer_of_the_provider_that_nobody_asked_for_comes_to_a_contract_and_to_data()
    {
        await PublishAsync("curves", NegotiationModes.Automatic, Uses(10));
        var theirs = await StartAsync(space.Provider, new NegotiationStart { Consumer = TestSpace.Vpp, DatasetId = "curves", OfferId = "offer:curves:1" });
        var mine = await OtherSideAsync(theirs);
        Assert.Equal(("OFFERED", true, "CONSUMER"), (mine.State, mine.Waiting, mine.Role));
        await StepAsync(space.Consumer, ManagementRoutes.NegotiationAcceptance, mine);

        // The provider's side goes on by itself; the consumer's was begun by somebody else, so a person goes on.
        mine = await AfterAsync(space.Consumer, mine, "ACCEPTED");
        await StepAsync(space.Consumer, ManagementRoutes.NegotiationVerification, mine);
        mine = await AfterAsync(space.Consumer, mine, "VERIFIED");
        Assert.Equal("FINALIZED", mine.State);
        var transfer = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = mine.AgreementId! });
        Assert.Equal("STARTED", (await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id))).State);
    }

    [Fact]
    public async Task A_mixed_provider_agrees_to_its_own_terms_and_leaves_others_to_a_person()
    {
        await PublishAsync("curves", NegotiationModes.Mixed, Uses(10));
        var asked = await StartAsync(space.Consumer, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "curves", OfferId = "offer:curves:1" });
        Assert.Equal("FINALIZED", (await space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, asked.Id))).State);

        var other = await StartAsync(space.Consumer, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "curves", OfferId = "offer:curves:1", Offer = Uses(50) });
        var theirs = await OtherSideAsync(other);
        Assert.True(theirs.Waiting);
        await StepAsync(space.Provider, ManagementRoutes.NegotiationAgreement, theirs);
        Assert.Equal("FINALIZED", (await space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, other.Id))).State);
    }

    [Fact]
    public async Task What_policy_denies_no_person_agrees_to()
    {
        await PublishAsync("curves", NegotiationModes.Manual, Region("31"));
        var mine = await StartAsync(space.Consumer, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "curves", OfferId = "offer:curves:1", Offer = Region("31") });
        var theirs = await OtherSideAsync(mine);
        using var response = await space.Provider.PostAsync(new Uri(ManagementRoutes.For(ManagementRoutes.NegotiationAgreement, theirs.Id), UriKind.Relative), null);
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("permission[0].constraint[0]", (await response.ProblemAsync()).GetRawText(), StringComparison.Ordinal);
        theirs = await AfterAsync(space.Provider, theirs);
        Assert.Equal(("REQUESTED", true), (theirs.State, theirs.Waiting));

        await StepAsync(space.Provider, ManagementRoutes.NegotiationTermination, theirs, new Termination { Reason = "not in your region", Code = "region" });
        mine = await space.Consumer.WaitAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, mine.Id));
        Assert.Equal(("TERMINATED", "region", "not in your region"), (mine.State, mine.Code, Assert.Single(mine.Reasons)));
    }

    [Fact]
    public async Task Negotiations_are_listed_by_state_role_counterparty_and_dataset()
    {
        await PublishAsync("curves", NegotiationModes.Manual, Uses(10));
        await StartAsync(space.Consumer, new NegotiationStart { Provider = TestSpace.Grid, DatasetId = "curves", OfferId = "offer:curves:1" });
        foreach (var (query, count) in new[] { ("", 1), ("?state=REQUESTED&role=CONSUMER&counterparty=" + TestSpace.Grid + "&dataset=curves", 1), ("?state=FINALIZED", 0), ("?role=PROVIDER", 0), ("?dataset=other", 0) })
        {
            Assert.Equal(count, (await space.Consumer.WaitAsync<Page<NegotiationView>>(ManagementRoutes.Negotiations + query)).Items.Count);
        }
    }

    private static bool AgreementsAreEqual((string Hash, IReadOnlyList<SignatureView> Signatures) one, (string Hash, IReadOnlyList<SignatureView> Signatures) other) =>
        one.Hash == other.Hash && one.Signatures.SequenceEqual(other.Signatures);

    private static (string Path, string? From, string? To) ChangeOf(NegotiationRound round)
    {
        var change = Assert.Single(round.Changes);
        return (change.Path, change.From?.GetString(), change.To?.GetString());
    }

    private static JsonElement Uses(int most) => Permission(new OdrlConstraint("count", "lteq", $"{most}"));

    private static JsonElement Region(string code) => Permission(new OdrlConstraint("spatial", "eq", code));

    private static JsonElement Permission(OdrlConstraint constraint) =>
        JsonSerializer.SerializeToElement(new { permission = new[] { new { action = "use", constraint = new[] { constraint } } } });

    private async Task PublishAsync(string product, string mode, JsonElement policy)
    {
        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition { Id = product, SourceUrl = "http://127.0.0.1:9/" });
        await space.Provider.PostAsync<ProductView>(
            ManagementRoutes.Products, new ProductDefinition { Id = product, AssetId = product, Title = product, Negotiation = mode, Policy = policy });
    }

    private static Task<NegotiationView> StartAsync(HttpClient client, NegotiationStart start) => client.PostAsync<NegotiationView>(ManagementRoutes.Negotiations, start);

    private static Task<NegotiationView> StepAsync(HttpClient client, string route, NegotiationView negotiation, object? body = null) =>
        client.PostAsync<NegotiationView>(ManagementRoutes.For(route, negotiation.Id), body ?? new { });

    private static Task<NegotiationView> AfterAsync(HttpClient client, NegotiationView negotiation, string? state = null) => client.WaitAsync<NegotiationView>(
        ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id) + (state is null ? "" : "?after=" + state));

    /// <summary>The negotiation as the other party has it, as soon as this one has heard of it.</summary>
    private async Task<NegotiationView> OtherSideAsync(NegotiationView begun)
    {
        var (own, other) = begun.Role == "CONSUMER" ? (space.Consumer, space.Provider) : (space.Provider, space.Consumer);
        var database = (Hosting.Storage.Database)space.Behind(own).Services.GetService(typeof(Hosting.Storage.Database))!;
        string? pid = null;
        Assert.True(await database.WaitUntilAsync(() => (pid = Pid(database, begun.Id)) is not null, Testing.Deadline.Limit, CancellationToken.None));
        return await AfterAsync(other, begun with { Id = pid! });
    }

    private static string? Pid(Hosting.Storage.Database database, string id) => database.Read(connection =>
        Dapper.SqlMapper.QuerySingle<string?>(connection, "SELECT counterparty_pid FROM negotiations WHERE id = @id", new { id }));

    private async Task<IReadOnlyList<NegotiationRound>> RoundsAsync(HttpClient client, NegotiationView negotiation) =>
        (await client.WaitAsync<Page<NegotiationRound>>(ManagementRoutes.For(ManagementRoutes.NegotiationRounds, negotiation.Id))).Items;

    private async Task<PublicKey> KeyOfAsync(string member) =>
        PublicKey.FromJwk((await space.Operator.WaitAsync<Participant>(AuthorityRoutes.ForParticipant(member))).Key);
}
