using System.Net;
using TrustedDataSpace.Authority.Audit;
using TrustedDataSpace.Authority.Tests.Receipts;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Audit;

/// <summary>What an auditor asks beside single entries: halves without their other half, how agreements stand, who used which version.</summary>
public sealed class AuditQuestionTests
{
    private const string OldEnough = "olderThan=0&";

    [Fact]
    public async Task Each_half_without_its_other_half_is_a_gap_until_the_other_half_is_logged()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var parties = await ReceiptParties.FileAsync(authority);
        var (own, peer) = (parties.Record(parties.Provider, 3), parties.Record(parties.Consumer, 3));

        // Started, and nothing matched.
        await LogAsync(authority, parties.Provider, Started(authority, parties, parties.Provider));
        Assert.Equal([AuditGapKinds.TransferWithoutReceipt], await KindsAsync(authority));

        // Recorded by one, and nothing matched.
        await LogAsync(authority, parties.Provider, Recorded(authority, own));
        Assert.Equal([AuditGapKinds.TransferWithoutReceipt, AuditGapKinds.EvidenceWithoutMeter], await KindsAsync(authority));
        Assert.Contains("nor has the consumer", (await GapsAsync(authority))[1].Missing, StringComparison.Ordinal);

        // Matched, and the consumer's evidence has no record.
        await parties.SubmitAsync(parties.Signed(own, peer));
        await SettledAsync(authority);
        var gap = Assert.Single(await GapsAsync(authority));
        Assert.Equal((AuditGapKinds.MeterWithoutEvidence, parties.Agreement, "product", parties.Provider.Id, parties.Consumer.Id), (gap.Kind, gap.Agreement, gap.Product, gap.Provider, gap.Consumer));
        Assert.Contains("the consumer's evidence has no record", gap.Missing, StringComparison.Ordinal);
        Assert.Equal(UsageInterval.Start(parties.Interval), gap.Interval);
        Assert.Equal([ConnectorAnswers.NotAsked, ConnectorAnswers.NotAsked], gap.Connectors.Select(said => said.Answer));

        await LogAsync(authority, parties.Consumer, Recorded(authority, peer));
        Assert.Empty(await GapsAsync(authority));

        // Other evidence than what was signed and matched.
        var next = parties.Interval - 1;
        await LogAsync(authority, parties.Provider, Recorded(authority, parties.Record(parties.Provider, 2, next)));
        await LogAsync(authority, parties.Consumer, Recorded(authority, parties.Record(parties.Consumer, 1, next)));
        await parties.SubmitAsync(parties.Signed(2, 2, next));
        await SettledAsync(authority);
        gap = Assert.Single(await GapsAsync(authority));
        Assert.Equal(AuditGapKinds.MeterWithoutEvidence, gap.Kind);
        Assert.Contains("its receipt says", gap.Missing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receipt_without_a_transfer_is_a_gap_which_nobody_but_the_provider_closes()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var parties = await ReceiptParties.FileAsync(authority);
        var mallory = await authority.JoinAsync("mallory");
        await LogAsync(authority, parties.Provider, Recorded(authority, parties.Record(parties.Provider, 1)));
        await LogAsync(authority, parties.Consumer, Recorded(authority, parties.Record(parties.Consumer, 1)));
        await parties.SubmitAsync(parties.Signed(1, 1));
        await SettledAsync(authority);
        Assert.Equal([AuditGapKinds.ReceiptWithoutTransfer], await KindsAsync(authority));

        await LogAsync(authority, mallory, Started(authority, parties, mallory), Recorded(authority, parties.Record(parties.Provider, 9)) with { Source = mallory.Id });
        await LogAsync(authority, parties.Consumer, Started(authority, parties, parties.Consumer));
        Assert.Equal([AuditGapKinds.ReceiptWithoutTransfer], await KindsAsync(authority));

        await LogAsync(authority, parties.Provider, Started(authority, parties, parties.Provider));
        Assert.Empty(await GapsAsync(authority));
    }

    [Fact]
    public async Task Gaps_come_in_pages_are_narrowed_and_what_is_young_is_none_yet()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var parties = await ReceiptParties.FileAsync(authority);
        await LogAsync(authority, parties.Provider, [Started(authority, parties, parties.Provider), .. Enumerable.Range(0, 5).Select(i => Recorded(authority, parties.Record(parties.Provider, 1, parties.Interval - i)))]);

        Assert.Empty(await GapsAsync(authority, ""));
        authority.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(6, (await GapsAsync(authority, "")).Count);
        Assert.Equal(6, (await GapsAsync(authority, "", limit: 1)).Count);
        Assert.Equal(5, (await GapsAsync(authority, $"kind={AuditGapKinds.EvidenceWithoutMeter}&participant={parties.Consumer.Id}&product=product&agreement={parties.Agreement}&", limit: 2)).Count);
        Assert.Empty(await GapsAsync(authority, "product=another&"));
        Assert.Empty(await GapsAsync(authority, "participant=did:web:nobody.example&"));
        Assert.Empty(await GapsAsync(authority, "until=2026-05-11T00:00:00Z&"));
        Assert.Empty(await GapsAsync(authority, "since=2026-05-13T00:00:00Z&"));
        foreach (var bad in new[] { "kind=nothing", "olderThan=-1", "olderThan=soon", "limit=0", "from=-1" })
        {
            await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Get, $"{AuthorityRoutes.AuditGaps}?{bad}", AuthorityUnderTest.Operator);
        }

        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.AuditGaps, await authority.TokenAsync(parties.Provider));
    }

    [Fact]
    public async Task Connectors_that_do_not_answer_are_shown_as_away()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var parties = await ReceiptParties.FileAsync(authority);
        await LogAsync(authority, parties.Provider, Started(authority, parties, parties.Provider));

        var gap = Assert.Single(await GapsAsync(authority, OldEnough + "check=true&"));
        Assert.Equal([(parties.Provider.Id, ConnectorAnswers.Away), (parties.Consumer.Id, ConnectorAnswers.Away)], gap.Connectors.Select(said => (said.Participant, said.Answer)));
        Assert.All(gap.Connectors, said => Assert.NotEmpty(said.Says!));
    }

    [Fact]
    public async Task An_agreement_is_in_force_then_over_and_its_data_not_destroyed_until_the_consumer_says_so()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (provider, consumer) = (await authority.JoinAsync("provider"), await authority.JoinAsync("consumer"));
        var (open, timed, ended) = (Agreement(provider, consumer, "open"), Agreement(provider, consumer, "timed", """[{"leftOperand":"dateTime","operator":"lteq","rightOperand":"2026-06-01T00:00:00Z"}]"""), Agreement(provider, consumer, "ended"));
        foreach (var agreement in new[] { open, timed, ended })
        {
            await FileAsync(authority, provider, consumer, agreement);
        }

        await LogAsync(authority, consumer, Entry(authority, consumer, EvidenceKinds.UsageRecorded, timed.Id, new { productId = "timed" }), Entry(authority, consumer, EvidenceKinds.UsageRecorded, ended.Id, new { productId = "ended" }));
        authority.Clock.Advance(TimeSpan.FromDays(1));
        await LogAsync(authority, provider, Entry(authority, provider, EvidenceKinds.AgreementEnded, ended.Id, new { reason = "enough" }));

        Assert.Equal(["open", "timed"], await ProductsAsync(authority, "state=in_force&"));
        Assert.Equal(["ended"], await ProductsAsync(authority, "state=ended&"));
        Assert.Equal(["ended"], await ProductsAsync(authority, "undestroyed=true&"));
        Assert.Equal(["open", "timed", "ended"], await ProductsAsync(authority, "state=in_force&at=2026-05-12T01:00:00Z&"));
        Assert.Equal(["timed"], await ProductsAsync(authority, "state=expired&at=2026-06-01T00:00:01Z&"));
        Assert.Empty(await ProductsAsync(authority, "at=2026-05-11T00:00:00Z&"));
        Assert.Equal(new DateTimeOffset(2026, 6, 1, 0, 0, 0, 1, TimeSpan.Zero), (await AgreementsAsync(authority, "product=timed&")).Single().Ends);

        // Only the consumer can say so, and it must say so again when it has used more.
        authority.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(["timed", "ended"], await ProductsAsync(authority, "undestroyed=true&"));
        await LogAsync(authority, provider, Entry(authority, provider, EvidenceKinds.DataDestroyed, ended.Id, new { statement = "all of it" }));
        Assert.Equal(["timed", "ended"], await ProductsAsync(authority, "undestroyed=true&"));
        await LogAsync(authority, consumer, Entry(authority, consumer, EvidenceKinds.DataDestroyed, ended.Id, new { statement = "all of it" }));
        Assert.Equal(["timed"], await ProductsAsync(authority, "undestroyed=true&"));
        Assert.Equal(AuditDestruction.Reported, (await AgreementsAsync(authority, "product=ended&")).Single().Destruction);

        // A use of before it that comes late takes nothing from that; one in the interval of the report, or behind it, does.
        var present = UsageInterval.At(authority.Clock.GetUtcNow());
        await LogAsync(authority, consumer, Entry(authority, consumer, EvidenceKinds.UsageRecorded, ended.Id, new { productId = "ended", interval = present - 1 }));
        Assert.Equal(["timed"], await ProductsAsync(authority, "undestroyed=true&"));
        await LogAsync(authority, consumer, Entry(authority, consumer, EvidenceKinds.UsageRecorded, ended.Id, new { productId = "ended", interval = present }));
        Assert.Equal(["timed", "ended"], await ProductsAsync(authority, "undestroyed=true&"));
        await LogAsync(authority, consumer, Entry(authority, consumer, EvidenceKinds.DataDestroyed, ended.Id, new { statement = "all of it" }));
        Assert.Equal(["timed"], await ProductsAsync(authority, "undestroyed=true&"));
        await LogAsync(authority, consumer, Entry(authority, consumer, EvidenceKinds.UsageRecorded, ended.Id, new { productId = "ended" }));
        Assert.Equal(["timed", "ended"], await ProductsAsync(authority, "undestroyed=true&"));

        Assert.Equal(3, (await AgreementsAsync(authority, $"participant={consumer.Id}&", limit: 1)).Count);
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Get, AuthorityRoutes.AuditAgreements + "?state=lost", AuthorityUnderTest.Operator);
    }

    [Fact]
    public async Task A_document_that_is_not_the_one_the_log_has_the_hash_of_is_shown_as_altered()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (provider, consumer) = (await authority.JoinAsync("provider"), await authority.JoinAsync("consumer"));
        var agreement = Agreement(provider, consumer, "timed", """[{"leftOperand":"dateTime","operator":"lt","rightOperand":"2026-06-01T00:00:00Z"}]""");
        await FileAsync(authority, provider, consumer, agreement);
        await authority.Database.WriteAsync(unit => unit.Execute("UPDATE agreements SET filing = replace(filing, '2026-06-01', '2036-06-01')"));

        var found = Assert.Single(await AgreementsAsync(authority, ""));
        Assert.Equal(("altered", null), (found.Terms, found.Ends));
    }

    [Fact]
    public async Task Uses_and_denials_are_found_by_product_version_and_party()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (provider, consumer) = (await authority.JoinAsync("provider"), await authority.JoinAsync("consumer"));
        var ids = new List<string>();
        foreach (var version in new[] { 1, 2 })
        {
            var agreement = Agreement(provider, consumer, "curves");
            ids.Add(agreement.Id);
            await LogAsync(authority, provider, Entry(authority, provider, EvidenceKinds.ProductPublished, null, new { product = "curves", version, offer = $"offer:curves:{version}" }));
            await LogAsync(authority, provider, Entry(authority, provider, EvidenceKinds.NegotiationFinalized, agreement.Id, new { role = "PROVIDER", counterparty = consumer.Id, dataset = "curves", offer = $"offer:curves:{version}" }));
            await FileAsync(authority, provider, consumer, agreement);
            await LogAsync(authority, consumer, Entry(authority, consumer, EvidenceKinds.UsageRecorded, agreement.Id, new { productId = "curves" }));
            await LogAsync(authority, provider, Entry(authority, provider, EvidenceKinds.DecisionDenied, agreement.Id, new { reasons = Array.Empty<object>() }));
        }

        await LogAsync(authority, provider, Entry(authority, provider, EvidenceKinds.DecisionDenied, null, new { }));
        Assert.Equal([(ids[0], 1L), (ids[1], 2L)], await FoundAsync(authority, "kind=usage.recorded&product=curves&"));
        Assert.Equal([(ids[1], 2L)], await FoundAsync(authority, "kind=usage.recorded&product=curves&version=2&"));
        Assert.Equal([(ids[0], 1L)], await FoundAsync(authority, "kind=decision&product=curves&version=1&"));
        Assert.Equal([(ids[0], 1L), (ids[1], 2L)], await FoundAsync(authority, $"kind=decision&participant={consumer.Id}&"));
        Assert.Empty(await FoundAsync(authority, "kind=usage.recorded&product=other&"));
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Get, AuthorityRoutes.AuditEntries + "?version=1", AuthorityUnderTest.Operator);
        Assert.Empty(await FoundAsync(authority, $"from={long.MaxValue}&product=curves&", from: null));
    }

    [Fact]
    public void A_contract_ends_with_its_last_permission_and_a_duty_to_delete_is_seen_where_it_stands()
    {
        static long? End(string permissions) => FiledTerms.EndOf(ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"permissions":{{permissions}}}""")), 1_000);

        Assert.Null(End("""[{"constraints":[]}]"""));
        Assert.Equal(50, End("""[{"constraints":[{"left":"dateTime","op":"lt","right":90},{"left":"dateTime","op":"lt","right":50}]}]"""));
        Assert.Equal(91, End("""[{"constraints":[{"left":"dateTime","op":"lteq","right":90}]},{"constraints":[{"left":"dateTime","op":"lt","right":50}]}]"""));
        Assert.Null(End("""[{"constraints":[{"left":"dateTime","op":"lteq","right":90}]},{"constraints":[{"left":"dateTime","op":"gteq","right":50}]}]"""));
        Assert.Equal(1_500, End("""[{"constraints":[{"left":"elapsedTime","op":"lt","right":500}]}]"""));
    }

    private static async Task<List<(string?, long?)>> FoundAsync(AuthorityUnderTest authority, string query, string? from = "0") =>
        [.. (await AllAsync<AuditedEntry>(authority, $"{AuthorityRoutes.AuditEntries}?{query}", 1, from)).Select(item => (item.Entry.Agreement, item.Version))];

    private static async Task<IEnumerable<string?>> ProductsAsync(AuthorityUnderTest authority, string query) => (await AgreementsAsync(authority, query)).Select(one => one.Product);

    private static Task<List<AuditedAgreement>> AgreementsAsync(AuthorityUnderTest authority, string query, int limit = 50) => AllAsync<AuditedAgreement>(authority, $"{AuthorityRoutes.AuditAgreements}?{query}", limit);

    private static async Task<IEnumerable<string>> KindsAsync(AuthorityUnderTest authority) => (await GapsAsync(authority)).Select(gap => gap.Kind);

    private static Task<List<AuditGap>> GapsAsync(AuthorityUnderTest authority, string query = OldEnough, int limit = 50) => AllAsync<AuditGap>(authority, $"{AuthorityRoutes.AuditGaps}?{query}", limit);

    private static async Task<List<T>> AllAsync<T>(AuthorityUnderTest authority, string question, int limit, string? from = "0")
    {
        var all = new List<T>();
        do
        {
            var page = await authority.OkAsync<Page<T>>(HttpMethod.Get, $"{question}limit={limit}{(from is null ? "" : "&from=" + from)}", AuthorityUnderTest.Operator);
            Assert.True(page.Items.Count <= limit);
            all.AddRange(page.Items);
            from = page.Next;
        }
        while (from is not null);
        return all;
    }

    private static EvidenceEntry Started(AuthorityUnderTest authority, ReceiptParties parties, TestMember by) =>
        Entry(authority, by, EvidenceKinds.TransferStarted, parties.Agreement, new { role = "PROVIDER", flow = ReceiptParties.Flow }) with { Process = "urn:transfer:1" };

    private static EvidenceEntry Recorded(AuthorityUnderTest authority, UsageRecord record) =>
        new() { Id = Guid.NewGuid().ToString("n"), Time = authority.Clock.GetUtcNow(), Source = record.Source, Kind = EvidenceKinds.UsageRecorded, Agreement = record.AgreementId, Process = record.Flow, Data = ProtocolJson.ToElement(record) };

    private static EvidenceEntry Entry(AuthorityUnderTest authority, TestMember by, string kind, string? agreement, object data) =>
        new() { Id = Guid.NewGuid().ToString("n"), Time = authority.Clock.GetUtcNow(), Source = by.Id, Kind = kind, Agreement = agreement, Process = agreement is null ? null : "urn:flow:" + agreement, Data = ProtocolJson.ToElement(data) };

    private static async Task LogAsync(AuthorityUnderTest authority, TestMember member, params EvidenceEntry[] entries)
    {
        await authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, await authority.TokenAsync(member), EvidenceBatch.Create(entries, member.Key));
        await SettledAsync(authority);
    }

    private static async Task SettledAsync(AuthorityUnderTest authority) =>
        Assert.True(await authority.Database.WaitUntilAsync(() => authority.Trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));

    private static PolicyDocument Agreement(TestMember provider, TestMember consumer, string product, string constraints = "[]") => PolicyDocument.Parse(
        $$"""
        {"@id":"urn:uuid:{{Guid.NewGuid()}}","@type":"Agreement","assigner":"{{provider.Id}}","assignee":"{{consumer.Id}}","target":"{{product}}","timestamp":"2026-01-01T00:00:00Z",
         "permission":[{"action":"use","constraint":{{constraints}}}]}
        """);

    private static async Task FileAsync(AuthorityUnderTest authority, TestMember provider, TestMember consumer, PolicyDocument agreement)
    {
        await authority.OkAsync<FilingReceipt>(HttpMethod.Post, AuthorityRoutes.Agreements, await authority.TokenAsync(provider), new AgreementFiling
        {
            AgreementId = agreement.Id,
            Provider = Did.Parse(provider.Id),
            Consumer = Did.Parse(consumer.Id),
            ProductId = agreement.Target!,
            Hash = agreement.Hash,
            Agreement = agreement,
            SignedAt = authority.Clock.GetUtcNow(),
        });
        await SettledAsync(authority);
    }
}
