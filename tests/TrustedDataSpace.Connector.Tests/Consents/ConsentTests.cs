using System.Net;
using System.Net.Http.Json;
using Dapper;
using TrustedDataSpace.Connector.Consents;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Consents;

public sealed class ConsentTests : IAsyncDisposable
{
    private static readonly ConsentGrant Mill = new() { Subject = "did:web:mill.example", Product = "credit", Purpose = "inference" };

    private readonly ConnectorUnderTest connector = new();

    private ConsentService Consents => connector.Get<ConsentService>();

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Consent_is_granted_listed_and_withdrawn_over_the_management_interface()
    {
        await connector.StartAsync();
        using var client = connector.Management();
        using var granted = await client.PostAsJsonAsync(ManagementRoutes.Consents, Mill);
        Assert.Equal(HttpStatusCode.Created, granted.StatusCode);
        Assert.Single((await client.GetFromJsonAsync<Page<ConsentView>>(ManagementRoutes.Consents + "?product=credit"))!.Items);
        Assert.Empty((await client.GetFromJsonAsync<Page<ConsentView>>(ManagementRoutes.Consents + "?subject=nobody"))!.Items);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync(granted.Headers.Location)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.DeleteAsync(granted.Headers.Location)).StatusCode);

        // Until when there was consent can still be shown.
        Assert.NotNull(Assert.Single((await client.GetFromJsonAsync<Page<ConsentView>>(ManagementRoutes.Consents))!.Items).WithdrawnAt);
    }

    [Fact]
    public async Task Consent_counts_for_its_product_and_purpose()
    {
        await Consents.GrantAsync(Mill);
        await Consents.GrantAsync(new() { Subject = "did:web:owner.example", Product = "credit", Purpose = null });

        Assert.Equal(["did:web:mill.example", "did:web:owner.example"], Consents.For("credit", "inference").Order());
        Assert.Equal(["did:web:owner.example"], Consents.For("credit", "training"));
        Assert.Equal(["did:web:owner.example"], Consents.For("credit", null));
        Assert.Empty(Consents.For("curves", "inference"));
    }

    [Fact]
    public async Task Withdrawn_consent_is_gone_at_once_and_another_epoch()
    {
        var consent = await Consents.GrantAsync(Mill);
        var before = Consents.Epoch;

        await Consents.WithdrawAsync(consent.Id);

        Assert.Empty(Consents.For("credit", "inference"));
        Assert.True(Consents.Epoch > before);
        Assert.Equal(RefusalCode.NotFound, (await Assert.ThrowsAsync<RefusalException>(() => Consents.WithdrawAsync(consent.Id))).Code);
    }

    [Fact]
    public async Task Same_consent_twice_is_one_and_after_a_withdrawal_a_new_one()
    {
        var first = await Consents.GrantAsync(Mill);
        Assert.Equal(first, await Consents.GrantAsync(Mill));

        await Consents.WithdrawAsync(first.Id);
        Assert.NotEqual(first.Id, (await Consents.GrantAsync(Mill)).Id);
    }

    [Fact]
    public async Task Evidence_of_consents_does_not_name_the_subject()
    {
        var consent = await Consents.GrantAsync(Mill);
        await Consents.WithdrawAsync(consent.Id);

        var entries = connector.Get<EvidenceTrail>().After("", 100).Where(entry => entry.Kind.StartsWith("consent.", StringComparison.Ordinal)).ToList();
        Assert.Equal(["consent.granted", "consent.withdrawn"], entries.Select(entry => entry.Kind));
        Assert.All(entries, entry => Assert.DoesNotContain("mill", entry.Data.GetRawText(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Consents_outlive_a_restart()
    {
        using var folder = new TempFolder();
        await using (var before = new ConnectorUnderTest(folder: folder))
        {
            await before.Get<ConsentService>().GrantAsync(Mill);
        }

        await using var after = new ConnectorUnderTest(folder: folder);
        Assert.Equal(["did:web:mill.example"], after.Get<ConsentService>().For("credit", "inference"));
    }

    [Theory]
    [InlineData("", "credit", "inference")]
    [InlineData("x", "../credit", "inference")]
    [InlineData("x", "credit", "")]
    [InlineData("x", "credit", "*")]
    [InlineData("x", "credit", "two words")]
    [InlineData("x", "credit", "训练")]
    [InlineData(" ", "credit", "inference")]
    public async Task Consent_that_says_nothing_is_refused(string subject, string product, string purpose) => Assert.Equal(
        RefusalCode.Malformed,
        (await Assert.ThrowsAsync<RefusalException>(() => Consents.GrantAsync(new() { Subject = subject, Product = product, Purpose = purpose }))).Code);

    [Fact]
    public async Task Purpose_that_is_misspelt_does_not_become_every_purpose()
    {
        await connector.StartAsync();
        using var client = connector.Management();
        using var content = new StringContent("""{"subject": "did:web:mill.example", "product": "credit", "purposes": "inference"}""", null, "application/json");

        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync(ManagementRoutes.Consents, content)).StatusCode);
        Assert.Empty(Consents.For("credit", "inference"));
    }

    [Fact]
    public async Task Without_a_purpose_it_is_every_purpose()
    {
        await connector.StartAsync();
        using var client = connector.Management();
        using var content = new StringContent("""{"subject": "did:web:mill.example", "product": "credit"}""", null, "application/json");

        Assert.Equal(HttpStatusCode.Created, (await client.PostAsync(ManagementRoutes.Consents, content)).StatusCode);
        Assert.Equal(["did:web:mill.example"], Consents.For("credit", "training"));
    }

    [Theory]
    [InlineData("product")]
    [InlineData("subject")]
    public void Lists_of_one_product_and_of_one_subject_are_read_along_an_index(string filter)
    {
        var plan = connector.Get<Database>().Read(connection => connection.Query<QueryStep>(
            $"EXPLAIN QUERY PLAN SELECT * FROM consents WHERE space_id = 'a' AND id > '' AND {filter} = 'b' ORDER BY id LIMIT 50").ToList());
        Assert.Contains($"consents_by_{filter} (space_id=? AND {filter}=? AND id>?)", Assert.Single(plan).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_reads_no_consents_about_other_products()
    {
        await Consents.GrantAsync(Mill);
        Assert.Equal([Mill.Subject], Consents.For("credit", "inference"));

        // Taken away behind its back: whoever reads everything again would notice.
        await connector.Get<Database>().WriteAsync(unit => unit.Execute("DELETE FROM consents WHERE product = 'credit'", new { }));
        var other = await Consents.GrantAsync(Mill with { Product = "curves" });
        await Consents.WithdrawAsync(other.Id);

        Assert.Equal([Mill.Subject], Consents.For("credit", "inference"));
        Assert.Empty(Consents.For("curves", "inference"));
    }

    [Fact]
    public async Task Number_of_consents_about_one_product_is_limited()
    {
        for (var i = 0; i < ConsentService.MostPerProduct; i++)
        {
            await Consents.GrantAsync(Mill with { Subject = $"s{i}" });
        }

        Assert.Equal(RefusalCode.Conflict, (await Assert.ThrowsAsync<RefusalException>(() => Consents.GrantAsync(Mill))).Code);
        await Consents.GrantAsync(Mill with { Product = "curves" });
    }

    private sealed record QueryStep
    {
        public string Detail { get; init; } = "";
    }
}
