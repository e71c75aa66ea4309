using Dapper;
using Microsoft.Extensions.Hosting;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Assets;

public sealed class ProductServiceTests : IAsyncLifetime
{
    private readonly ConnectorUnderTest connector = new();

    private ProductService Products => connector.Get<ProductService>();

    public async ValueTask InitializeAsync() => await connector.Get<AssetService>().DefineAsync(Definitions.Asset());

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Published_product_is_found_by_its_offer()
    {
        var view = await Products.PublishAsync(Definitions.Product());
        var offer = Products.FindOffer(view.OfferId)!;
        Assert.Equal("offer:load_curve_96:1", offer.Offer.Id);
        Assert.Equal("Offer", offer.Offer.Type);
        Assert.Null(offer.Offer.Target);
        Assert.Equal(offer.Offer.Hash, offer.Terms.Hash);
        Assert.Equal("meters", offer.AssetId);
        Assert.Equal("attested", Assert.Single(view.Coverage, term => term.Term == "permission[0].constraint[0]").Word);
    }

    [Fact]
    public async Task New_version_replaces_the_old_offer()
    {
        var first = await Products.PublishAsync(Definitions.Product());
        var second = await Products.PublishAsync(Definitions.Product() with { Title = "Load curves, corrected" });
        Assert.Equal(2, second.Version);
        Assert.Null(Products.FindOffer(first.OfferId));
        Assert.NotNull(Products.FindOffer(second.OfferId));
        Assert.Equal(2, Assert.Single(connector.Get<ProductListing>().List(new PageRequest()).Items).Version);
    }

    [Fact]
    public async Task Same_definition_again_is_no_new_version()
    {
        await Products.PublishAsync(Definitions.Product());
        Assert.Equal(1, (await Products.PublishAsync(Definitions.Product())).Version);
    }

    [Fact]
    public async Task Definition_that_spells_out_the_defaults_is_the_same_definition()
    {
        // As a version before the properties existed hashed it: an upgrade must not make a new version of everything.
        const string Before = "sha-256:0898e50cec4c095e01fe56400d74a2a0827c259f01197b9d78bab2829e40f070";
        Assert.Equal(Before, DefinitionHash.Of(Definitions.Product()));
        Assert.Equal(Before, DefinitionHash.Of(Definitions.Product() with { Negotiation = "automatic", Formats = ["HttpData-PULL", "HttpData-PUSH"], Finite = false }));
        await Products.PublishAsync(Definitions.Product());
        Assert.Equal(2, (await Products.PublishAsync(Definitions.Product() with { Finite = true })).Version);
    }

    [Fact]
    public async Task How_a_product_is_negotiated_and_delivered_is_kept_with_its_version()
    {
        var view = await Products.PublishAsync(Definitions.Product() with
        {
            Negotiation = NegotiationModes.Mixed,
            Transfers = NegotiationModes.Manual,
            Formats = [DspConstants.HttpPush],
            Finite = true,
            Catalog = "grid",
        });
        var offer = Products.FindOffer(view.OfferId)!;
        Assert.Equal((NegotiationModes.Mixed, NegotiationModes.Manual, true, "grid"), (offer.Negotiation, offer.Transfers, offer.Finite, offer.Catalog));
        Assert.Equal([DspConstants.HttpPush], offer.Formats);
    }

    [Fact]
    public async Task How_a_product_is_negotiated_and_delivered_is_told_when_it_is_unknown()
    {
        var product = Definitions.Product() with { Negotiation = "later", Transfers = NegotiationModes.Mixed, Formats = ["Fax"], Catalog = "a/b" };
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Products.PublishAsync(product));
        Assert.Equal(["negotiation", "transfers", "formats", "catalog"], refusal.Reasons.Select(reason => reason.Term));
    }

    [Fact]
    public async Task Publication_leaves_evidence_and_a_message_to_the_authority()
    {
        await Products.PublishAsync(Definitions.Product());
        var entry = Assert.Single(connector.Get<EvidenceTrail>().Unlogged(10));
        Assert.Equal(EvidenceKinds.ProductPublished, entry.Kind);
        Assert.Equal("offer:load_curve_96:1", entry.Data.GetProperty("offer").GetString());
        Assert.Equal("load_curve_96", connector.Database.Read(connection => connection.QuerySingle<string>("SELECT body FROM outbox")));
    }

    [Fact]
    public async Task Policy_with_unknown_terms_is_refused_with_all_of_them_and_leaves_nothing()
    {
        const string Policy = """
            {"permission":[{"action":"use","constraint":[
                {"leftOperand":"moonPhase","operator":"eq","rightOperand":"full"},
                {"leftOperand":"purpose","operator":"gt","rightOperand":"inference"}]}],
             "obligation":[{"action":"delete"}]}
            """;
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Products.PublishAsync(Definitions.Product(Policy)));
        Assert.Equal(RefusalCode.Unsupported, refusal.Code);
        Assert.True(refusal.Reasons.Count >= 3, refusal.Message);
        Assert.Empty(connector.Get<ProductListing>().List(new PageRequest()).Items);
        Assert.Empty(connector.Get<EvidenceTrail>().Unlogged(10));
    }

    [Theory]
    [InlineData("""{"permission":{"action":"use"}}""")]
    [InlineData("""{"permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq","rightOperand":5}]}]}""")]
    public async Task Policy_that_a_strict_peer_could_not_read_is_refused(string policy)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Products.PublishAsync(Definitions.Product(policy)));
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
    }

    [Theory]
    [InlineData("""{"assigner":"did:web:other.example","permission":[{"action":"use"}]}""", "assigner")]
    [InlineData("""{"assignee":"did:web:other.example","permission":[{"action":"use"}]}""", "assignee")]
    [InlineData("""{"@type":"Agreement","permission":[{"action":"use"}]}""", "@type")]
    [InlineData("[]", "policy")]
    public async Task Policy_that_is_no_offer_of_this_participant_is_refused(string policy, string term)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Products.PublishAsync(Definitions.Product(policy)));
        Assert.Equal(term, refusal.Term);
    }

    [Fact]
    public async Task Offer_that_is_no_longer_understood_is_offered_no_longer_and_others_are()
    {
        var lost = await Products.PublishAsync(Definitions.Product());
        await Products.PublishAsync(Definitions.Product(id: "other"));
        await connector.Database.WriteAsync(unit => unit.Execute("UPDATE products SET offer = replace(offer, 'purpose', 'moonPhase') WHERE id = 'load_curve_96'"));
        Assert.Null(Products.FindOffer(lost.OfferId));
        Assert.Null(Products.Find(lost.Id));
        Assert.Equal("other", Assert.Single(Products.Look(ProductSelection.Everything, ProductPosition.Beginning, 10).Offers).Key);
        Assert.Contains("moonPhase", connector.Get<ProductListing>().Get(lost.Id).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Meter_rule_that_cannot_be_applied_is_refused()
    {
        const string Policy = """{"permission":[{"action":"use"}],"tds:meter":{"unit":"smile"}}""";
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Products.PublishAsync(Definitions.Product(Policy)));
        Assert.Equal(RefusalCode.Unsupported, refusal.Code);
    }

    [Fact]
    public async Task Price_plan_that_cannot_be_rated_is_refused()
    {
        const string Policy = """{"permission":[{"action":"use"}],"tds:pricePlan":{"id":"p","tax":"0.06"}}""";
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Products.PublishAsync(Definitions.Product(Policy)));
        Assert.Contains("tax", refusal.Reasons.Select(reason => reason.Term));
    }

    [Fact]
    public async Task Product_without_its_asset_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Products.PublishAsync(Definitions.Product() with { AssetId = "none" }));
        Assert.Equal("assetId", refusal.Term);
    }

    [Fact]
    public async Task All_problems_are_told_at_once()
    {
        var product = Definitions.Product() with { Id = "?", Title = "", Classification = "secret", Keywords = [""] };
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => Products.PublishAsync(product));
        Assert.Equal(["id", "title", "keywords", "classification"], refusal.Reasons.Select(reason => reason.Term));
    }

    [Fact]
    public async Task Withdrawn_product_is_offered_no_longer_and_leaves_evidence_and_a_message()
    {
        var view = await Products.PublishAsync(Definitions.Product());
        await Products.WithdrawAsync(view.Id);
        Assert.Null(Products.Find(view.Id));
        Assert.Null(Products.FindOffer(view.OfferId));
        Assert.Empty(connector.Get<ProductListing>().List(new PageRequest()).Items);
        Assert.Empty(connector.Get<ProductListing>().List(new PageRequest(), "curves").Items);
        Assert.Equal([EvidenceKinds.ProductPublished, EvidenceKinds.ProductWithdrawn], connector.Get<EvidenceTrail>().Unlogged(10).Select(entry => entry.Kind));
        Assert.Equal(2, connector.Database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM outbox")));
        Assert.Equal(RefusalCode.NotFound, (await Assert.ThrowsAsync<RefusalException>(() => Products.WithdrawAsync(view.Id))).Code);
    }

    [Fact]
    public async Task Product_that_was_withdrawn_and_is_published_again_is_a_version_of_its_own()
    {
        var first = await Products.PublishAsync(Definitions.Product());
        await Products.WithdrawAsync(first.Id);
        var second = await Products.PublishAsync(Definitions.Product());
        Assert.Equal(2, second.Version);
        Assert.Equal([2, 1], connector.Get<ProductListing>().Versions(first.Id, new PageRequest()).Items.Select(view => view.Version));
        Assert.False(connector.Get<ProductListing>().Offer(first.OfferId).IsCurrent);
        Assert.True(connector.Get<ProductListing>().Offer(second.OfferId).IsCurrent);
    }

    [Fact]
    public async Task Products_of_before_the_index_are_found_after_the_next_start()
    {
        await Products.PublishAsync(Definitions.Product() with { Keywords = ["虚拟电厂"] });
        await connector.Database.WriteAsync(unit => unit.Execute("DELETE FROM catalog_terms"));
        await connector.Database.WriteAsync(unit => unit.Execute("UPDATE catalog SET indexed = 0"));
        await connector.Get<IEnumerable<IHostedService>>().OfType<ProductIndexing>().Single().StartAsync(default);
        Assert.Single(connector.Get<ProductListing>().List(new PageRequest(), "电厂 LOAD").Items);
    }

    [Fact]
    public async Task List_is_narrowed_by_words_and_by_asset()
    {
        await connector.Get<AssetService>().DefineAsync(Definitions.Asset("others"));
        await Products.PublishAsync(Definitions.Product());
        await Products.PublishAsync(Definitions.Product(id: "clips") with { Title = "Driving clips", AssetId = "others" });
        Assert.Equal(["load_curve_96"], Ids("curves", null));
        Assert.Equal(["clips"], Ids(null, "others"));
        Assert.Empty(Ids("curves", "others"));
        Assert.Empty(Ids("cur", null));

        // The words of a version that was replaced find nothing.
        await Products.PublishAsync(Definitions.Product() with { Title = "Voltages" });
        Assert.Empty(Ids("curves", null));

        IEnumerable<string> Ids(string? words, string? asset) => connector.Get<ProductListing>().List(new PageRequest(), words, asset).Items.Select(view => view.Id);
    }

    [Fact]
    public async Task Pages_of_a_search_cover_every_hit_once_however_few_there_are()
    {
        for (var i = 0; i < 60; i++)
        {
            await Products.PublishAsync(Definitions.Product(id: $"p{i:00}") with { Title = i % 20 == 0 ? "rare common" : "common" });
        }

        var (found, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = connector.Get<ProductListing>().List(new PageRequest { Limit = 2, Cursor = cursor }, "common rare");
            found.AddRange(page.Items.Select(view => view.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(["p00", "p20", "p40"], found);
    }

    [Fact]
    public void Compiled_offers_are_bounded_and_another_text_is_another_offer()
    {
        var offers = new CompiledOffers();
        var first = offers.Of(Offer(0));
        Assert.Same(first, offers.Of(Offer(0)));
        for (var i = 1; i < 3 * CompiledOffers.MostKept; i++)
        {
            offers.Of(Offer(i));
            Assert.True(offers.Count <= CompiledOffers.MostKept);
        }

        Assert.NotSame(first, offers.Of(Offer(0)));
        Assert.Throws<RefusalException>(() => offers.Of(Offer(0).Replace("use", "resell", StringComparison.Ordinal)));

        static string Offer(int number) => $$"""{"@id":"offer:{{number}}","@type":"Offer","permission":[{"action":"use"}]}""";
    }
}
