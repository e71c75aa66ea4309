using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>The data plane of two real connectors.</summary>
public sealed class GateTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private readonly TestSpace space = shared.Space;

    [Fact]
    public async Task Data_flows_and_both_connectors_count_the_same()
    {
        var contract = await space.ContractAsync(NewProduct(), TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        using var answer = await contract.UseAsync("/x?day=1");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("id,v1,v2\na,1,2\nb,3,4\n", await answer.Content.ReadAsStringAsync());

        var provider = await CountsAsync(space.Provider, contract);
        Assert.Equal(provider, await CountsAsync(space.Consumer, contract));
        var counts = Assert.Single(provider);
        Assert.Equal(("inference", "ok", 1, 4, 21), (counts.Purpose, counts.Outcome, counts.Requests, counts.Rows, counts.Bytes));
    }

    [Fact]
    public async Task The_source_gets_its_credentials_and_nothing_of_the_caller()
    {
        var contract = await space.ContractAsync(NewProduct());
        var seen = new TaskCompletionSource<(string Target, IReadOnlyDictionary<string, string> Headers)>();
        space.Source = context =>
        {
            seen.SetResult((context.Request.Path + context.Request.QueryString, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString())));
            context.Response.ContentType = "text/csv";
            return context.Response.WriteAsync("id\n");
        };
        using var answer = await contract.UseAsync("/a/b?x=%e4%b8%ad");
        space.Source = TestSpace.Csv;
        var (target, headers) = await seen.Task.Within("the source");
        Assert.Equal("/base/a/b?x=%E4%B8%AD", target);
        Assert.Equal("source-secret", headers["X-Source-Key"]);
        Assert.DoesNotContain(headers.Keys, name => name.StartsWith("Tds-", StringComparison.OrdinalIgnoreCase) || name is "Authorization" or "Cookie" or "X-Forwarded-For");
    }

    [Fact]
    public async Task A_quota_is_never_exceeded_whatever_the_concurrency()
    {
        const int Limit = 10;
        var contract = await space.ContractAsync(NewProduct(), TestSpace.Constraint("count", "lteq", "10"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => contract.UseAsync()));
        Assert.Equal(Limit, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.StatusCode != HttpStatusCode.OK), answer => Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode));
        Assert.Equal(Limit, Assert.Single(await CountsAsync(space.Provider, contract)).Requests);
        Assert.Equal(Limit, Assert.Single(await CountsAsync(space.Consumer, contract)).Requests);
    }

    [Fact]
    public async Task A_purpose_outside_the_contract_is_refused_with_the_term_and_evidenced()
    {
        var contract = await space.ContractAsync(NewProduct(), TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        using var answer = await contract.UseAsync(purpose: "training");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var problem = await answer.ProblemAsync();
        Assert.Equal("permission[0].constraint[0]", problem.GetProperty("term").GetString());
        Assert.Empty(await CountsAsync(space.Provider, contract));

        await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        var entries = await LogAsync();
        Assert.Contains(entries, entry => entry.Contains("decision.denied", StringComparison.Ordinal) && entry.Contains(contract.Agreement, StringComparison.Ordinal));
        Assert.DoesNotContain(entries, entry => entry.Contains("Li Wei", StringComparison.Ordinal));
    }

    // Others of this class have written before, so it may be longer than a page.
    private async Task<List<string>> LogAsync()
    {
        const int Page = 200;
        var entries = new List<string>();
        for (var seen = Page; seen == Page;)
        {
            var page = await space.Operator.GetFromJsonAsync<JsonElement>(new Uri(AuthorityRoutes.EvidenceEntriesPage(entries.Count, Page), UriKind.Relative));
            entries.AddRange(page.GetProperty("items").EnumerateArray().Select(entry => entry.GetRawText()));
            seen = page.GetProperty("items").GetArrayLength();
        }

        return entries;
    }

    [Fact]
    public async Task Denials_beyond_sixty_of_a_flow_and_minute_are_one_entry_that_counts_them()
    {
        // Two minutes at most, so that some are beyond the limit wherever the first one begins.
        const int Denials = 130;
        var contract = await space.ContractAsync(NewProduct(), TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        for (var i = 0; i < Denials; i++)
        {
            using var answer = await contract.UseAsync(purpose: "training");
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        var services = space.Behind(space.Provider).Services;
        await services.GetRequiredService<DenialTrail>().SumUpAsync(all: true);
        var entries = services.GetRequiredService<EvidenceTrail>().After("", 10_000).Where(entry => entry.Agreement == contract.Agreement).ToList();
        var (single, summaries) = (entries.Count(entry => entry.Kind == EvidenceKinds.DecisionDenied), entries.Where(entry => entry.Kind == EvidenceKinds.DecisionsDenied).ToList());
        Assert.InRange(single, DenialTrail.MostSingle, 2 * DenialTrail.MostSingle);
        Assert.InRange(summaries.Count, 1, 2);
        Assert.Equal(Denials, single + summaries.Sum(entry => entry.Data.GetProperty("denials").GetInt32()));
        var reason = Assert.Single(summaries[0].Data.GetProperty("reasons").EnumerateArray());
        Assert.Equal("permission[0].constraint[0]", reason.GetProperty("term").GetString());
        Assert.Equal(summaries[0].Data.GetProperty("denials").GetInt32(), reason.GetProperty("count").GetInt32());
        Assert.Equal(contract.Flow, summaries[0].Process);
    }

    [Fact]
    public async Task After_termination_both_sides_refuse_and_the_records_match()
    {
        var contract = await space.ContractAsync(NewProduct());
        for (var i = 0; i < 3; i++)
        {
            using var answer = await contract.UseAsync();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.For(ManagementRoutes.TransferTermination, contract.Flow), new Termination { Reason = "contract breach" });
        var transfer = await space.Consumer.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Transfer) + "?after=STARTED");
        Assert.Equal("TERMINATED", transfer.State);
        using var refused = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        var provider = Assert.Single(await RecordsAsync(space.Provider, contract));
        var consumer = Assert.Single(await RecordsAsync(space.Consumer, contract));
        Assert.True(provider.Matches(consumer));
        Assert.Equal(3, provider.Leaves);
        Assert.NotEqual(provider.Source, consumer.Source);
    }

    [Fact]
    public async Task The_end_of_a_transfer_cuts_a_running_stream()
    {
        var contract = await space.ContractAsync(NewProduct());
        var never = new TaskCompletionSource();
        space.Source = async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync("id\n1\n");
            await context.Response.Body.FlushAsync();
            await never.Task.WaitAsync(context.RequestAborted);
        };
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        Assert.NotEqual(0, await stream.ReadAsync(new byte[16]));
        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.For(ManagementRoutes.TransferTermination, contract.Flow), new Termination { Reason = "stop" });
        space.Source = TestSpace.Csv;
        await Assert.ThrowsAnyAsync<Exception>(async () => { while (await stream.ReadAsync(new byte[16]) > 0) { } }).Within("the cut");
        Assert.Equal(UsageOutcomes.Cut, Assert.Single(await CountsAsync(space.Provider, contract)).Outcome);
    }

    [Theory]
    [InlineData(500, "text/csv", "broken")]
    [InlineData(302, "text/csv", "")]
    [InlineData(200, "application/json", "{}")]
    public async Task A_source_that_cannot_be_counted_or_fails_delivers_nothing_and_costs_nothing(int status, string type, string body)
    {
        var contract = await space.ContractAsync(NewProduct(), TestSpace.Constraint("count", "lteq", "1"));
        space.Source = context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            context.Response.Headers.Location = "http://elsewhere.example/";
            return context.Response.WriteAsync(body);
        };
        using (var answer = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.DoesNotContain("broken", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Empty(await CountsAsync(space.Provider, contract));
        space.Source = TestSpace.Csv;
        using var again = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Without_the_credential_of_an_application_nothing_is_consumed()
    {
        var contract = await space.ContractAsync(NewProduct());
        using var stranger = new HttpClient { BaseAddress = space.Consumer.BaseAddress };
        using var none = await stranger.GetAsync(new Uri($"/consume/{contract.Agreement}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        using var wrong = await (contract with { Secret = "tds_app_0000" }).UseAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var purpose = await contract.UseAsync(purpose: "resale");
        Assert.Equal(HttpStatusCode.Forbidden, purpose.StatusCode);
        using var other = await (contract with { Agreement = "another-agreement" }).UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
    }

    [Fact]
    public async Task A_token_that_has_expired_is_renewed_without_interruption()
    {
        var contract = await space.ContractAsync(NewProduct());
        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        using var answer = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_retry_under_one_key_counts_once_on_both_sides()
    {
        var contract = await space.ContractAsync(NewProduct());
        foreach (var key in new[] { "day-1", "day-1", "day-2" })
        {
            using var answer = await contract.UseAsync("/day", key: key);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var provider = await CountsAsync(space.Provider, contract);
        Assert.Equal(provider, await CountsAsync(space.Consumer, contract));
        Assert.Equal([(UsageOutcomes.Ok, 2L), (UsageOutcomes.Retry, 1L)], provider.Select(count => (count.Outcome, count.Requests)));
    }

    [Fact]
    public async Task Rows_outside_the_contract_are_neither_delivered_nor_counted()
    {
        var contract = await space.ContractAsync(NewProduct(), new { format = "text/csv", rows = new[] { new { column = "v1", @operator = "gteq", value = "3" } }, columns = new[] { "id", "v2" } });
        using var answer = await contract.UseAsync();
        Assert.Equal("id,v2\nb,4\n", await answer.Content.ReadAsStringAsync());
        var provider = await CountsAsync(space.Provider, contract);
        Assert.Equal(provider, await CountsAsync(space.Consumer, contract));
        Assert.Equal((1, 10), (Assert.Single(provider).Rows, provider[0].Bytes));
    }

    [Fact]
    public async Task A_source_without_the_columns_of_the_contract_delivers_and_costs_nothing()
    {
        var contract = await space.ContractAsync(NewProduct(), new { format = "text/csv", rows = new[] { new { column = "consent", @operator = "eq", value = "granted" } } });
        using var answer = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("consent", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(await CountsAsync(space.Provider, contract));
    }

    private static string NewProduct() => "curves-" + Guid.NewGuid().ToString("n");

    private static async Task<IReadOnlyList<UsageCounts>> CountsAsync(HttpClient connector, TestContract contract) =>
        (await connector.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={contract.Agreement}")).Counts;

    private static async Task<IReadOnlyList<UsageRecord>> RecordsAsync(HttpClient connector, TestContract contract) =>
        (await connector.WaitAsync<Page<UsageRecord>>($"{ManagementRoutes.UsageRecords}?agreement={contract.Agreement}")).Items;
}
