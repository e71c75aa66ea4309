using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Enrolment;

/// <summary>How a connector comes into a space, and how it is put out again.</summary>
public sealed class EnrolmentTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private TestSpace space = null!;

    public async ValueTask InitializeAsync() => space = await TestSpace.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await space.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Applicant_is_nobody_until_the_operator_admits_it()
    {
        await using var newcomer = await Newcomer.StartAsync(space, folder);
        await StateAsync(newcomer, ParticipantStates.Applied);
        using var refused = await newcomer.Management.PostAsJsonAsync(ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = TestSpace.Grid });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("admitted", (await refused.ProblemAsync()).GetProperty("remedy").GetString(), StringComparison.Ordinal);

        await space.AdmitAsync(Newcomer.Did);
        await StateAsync(newcomer, ParticipantStates.Active);
        await newcomer.Management.PostAsync<JsonElement>(ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = TestSpace.Grid });
    }

    [Fact]
    public async Task Suspended_member_learns_it_and_can_do_nothing()
    {
        await using var newcomer = await AdmittedAsync();
        await space.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForSuspension(Newcomer.Did), new { });
        await StateAsync(newcomer, ParticipantStates.Suspended);
        using var refused = await newcomer.Management.PostAsJsonAsync(ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = TestSpace.Grid });

        // Its own authority gives it no token, or takes the one it has no longer.
        Assert.Contains(refused.StatusCode, new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.Forbidden });
    }

    [Fact]
    public async Task Connector_that_comes_back_elsewhere_is_found_there_and_keeps_its_identity()
    {
        Uri before;
        await using (var newcomer = await AdmittedAsync())
        {
            before = newcomer.Management.BaseAddress!;
            Assert.Equal(before, (await RecordAsync()).Endpoint);
        }

        await using var again = await Newcomer.StartAsync(space, folder);
        Assert.NotEqual(before, again.Management.BaseAddress);
        await StateAsync(again, ParticipantStates.Active);
        Assert.Equal(again.Management.BaseAddress, (await RecordAsync()).Endpoint);
    }

    [Fact]
    public async Task Product_published_before_admission_is_in_the_catalog_of_the_space_after_it()
    {
        await using var newcomer = await Newcomer.StartAsync(space, folder);
        await PublishAsync(newcomer, "early");
        await space.AdmitAsync(Newcomer.Did);
        Assert.True(await newcomer.Database.WaitUntilAsync(() => newcomer.Database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM outbox")) == 0, Deadline.Limit, default));
        var page = await space.Operator.GetFromJsonAsync<JsonElement>(AuthorityRoutes.ProductsPage("early", 10));
        Assert.Equal("early", Assert.Single(page.GetProperty("items").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Evidence_sent_again_after_a_kill_is_in_the_log_once_and_keeps_its_place()
    {
        await using var newcomer = await AdmittedAsync();
        await PublishAsync(newcomer, "first");
        await LoggedAsync(newcomer);
        var place = PlaceOfFirst(newcomer);

        // As if the connector had been killed between the log's answer and its own note of it.
        await newcomer.Database.WriteAsync(unit =>
        {
            unit.Execute("INSERT INTO evidence_shipment (space_id, batch_id, last_entry) SELECT space_id, 'again', max(id) FROM evidence_trail");
            unit.Execute("UPDATE evidence_trail SET log_index = NULL");
        });
        await PublishAsync(newcomer, "second");
        await LoggedAsync(newcomer);
        Assert.Equal(place, PlaceOfFirst(newcomer));

        var page = await space.Operator.GetFromJsonAsync<Page<EvidenceEntry>>(AuthorityRoutes.EvidenceEntriesPage(0, 100), ProtocolJson.Options);
        var logged = page!.Items.Where(entry => entry.Source == Newcomer.Did && entry.Data.TryGetProperty("product", out _)).ToList();
        Assert.Equal(["first", "second"], logged.Select(entry => entry.Data.GetProperty("product").GetString()));
    }

    [Fact]
    public async Task Peers_catalog_comes_page_by_page_and_only_from_the_peer()
    {
        await space.PublishAsync("curves");
        var catalog = await space.Consumer.PostAsync<JsonElement>(ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = TestSpace.Grid });
        Assert.Contains("offer:curves:1", catalog.GetRawText(), StringComparison.Ordinal);

        var foreign = ManagementRoutes.CatalogQueries + "?page=" + Uri.EscapeDataString(space.Operator.BaseAddress + "dsp/2025-1/catalog/request");
        using var refused = await space.Consumer.PostAsJsonAsync(foreign, new CatalogQuery { Provider = TestSpace.Grid });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Theory]
    [InlineData("did:web:nobody.example", HttpStatusCode.NotFound)]
    [InlineData("nobody", HttpStatusCode.BadRequest)]
    public async Task Unknown_peer_is_not_called(string peer, HttpStatusCode expected)
    {
        using var refused = await space.Consumer.PostAsJsonAsync(ManagementRoutes.CatalogQueries, new CatalogQuery { Provider = peer });
        Assert.Equal(expected, refused.StatusCode);
    }

    private async Task<Newcomer> AdmittedAsync()
    {
        var newcomer = await Newcomer.StartAsync(space, folder);
        await StateAsync(newcomer, ParticipantStates.Applied);
        await space.AdmitAsync(Newcomer.Did);
        await StateAsync(newcomer, ParticipantStates.Active);
        return newcomer;
    }

    private static async Task PublishAsync(Newcomer newcomer, string product)
    {
        await newcomer.Management.PostAsync<JsonElement>(ManagementRoutes.Assets, new AssetDefinition { Id = "a", SourceUrl = "http://127.0.0.1:9/" });
        await newcomer.Management.PostAsync<JsonElement>(ManagementRoutes.Products, new ProductDefinition
        {
            Id = product,
            AssetId = "a",
            Title = product,
            Policy = JsonElement.Parse("""{"permission":[{"action":"use"}]}"""),
        });
    }

    private static async Task LoggedAsync(Newcomer newcomer)
    {
        var status = await newcomer.Management.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        Assert.Equal(status.Entries, status.Logged);
    }

    private static long PlaceOfFirst(Newcomer newcomer) =>
        newcomer.Database.Read(connection => connection.QuerySingle<long>("SELECT log_index FROM evidence_trail WHERE entry LIKE '%\"first\"%'"));

    private static async Task StateAsync(Newcomer newcomer, string state) => Assert.True(
        await newcomer.Database.WaitUntilAsync(
            () => newcomer.Database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT state FROM membership")) == state, Deadline.Limit, default),
        $"not {state} in time");

    private async Task<Participant> RecordAsync() =>
        (await space.Operator.GetFromJsonAsync<Participant>(AuthorityRoutes.ForParticipant(Newcomer.Did), ProtocolJson.Options))!;
}
