using System.Net;
using System.Text.Json;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>What use costs, stated by both connectors from their own records.</summary>
public sealed class StatementTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private const int RowsOfUse = 4;

    private static readonly object Plan = new
    {
        id = "plan",
        version = 1,
        currency = "CNY",
        components = new[] { new { id = "rows", meter = "rows", unitSize = 1, price = "0.25" } },
        rounding = new { per = "line", mode = "halfUp", scale = 2 },
    };

    private readonly TestSpace space = shared.Space;

    [Fact]
    public async Task Both_connectors_state_the_same_bytes()
    {
        var contract = await PricedAsync();
        var from = space.Clock.GetUtcNow();
        await UseAsync(contract, "day-1");
        await UseAsync(contract, "day-1");
        space.Clock.Set(from.AddDays(1));
        await UseAsync(contract, "day-2");
        space.Clock.Set(from.AddDays(1).AddMinutes(3));

        var query = Query(contract, from, from.AddDays(1).AddMinutes(1));
        var provider = await BytesAsync(space.Provider, query);
        Assert.Equal(provider, await BytesAsync(space.Consumer, query));

        var statement = ProtocolJson.Read<Statement>(provider);
        Assert.Equal((2.00m, contract.Agreement), (statement.Total, statement.AgreementId));
        Assert.Equal(
            [(StatementLineKinds.Use, 2L * RowsOfUse, 2.00m), (StatementLineKinds.NotBilled, RowsOfUse, 0.00m)],
            statement.Lines.Select(line => (line.Kind, line.Quantity, line.Amount)));
        var agreement = await space.Consumer.WaitAsync<AgreementView>(ManagementRoutes.For(ManagementRoutes.AgreementById, contract.Agreement));
        Assert.Equal(PricePlan.From(new PolicyDocument(agreement.Policy))!.Hash, statement.PlanHash);
    }

    [Fact]
    public async Task Use_outside_the_period_is_not_on_the_statement()
    {
        var contract = await PricedAsync();
        var from = space.Clock.GetUtcNow();
        await UseAsync(contract);
        space.Clock.Set(from.AddHours(1));
        await UseAsync(contract);
        space.Clock.Set(from.AddHours(2));
        var first = ProtocolJson.Read<Statement>(await BytesAsync(space.Provider, Query(contract, from, from.AddMinutes(30))));
        Assert.Equal(RowsOfUse, Assert.Single(first.Lines).Quantity);
        Assert.Equal(1.00m, first.Total);
    }

    [Fact]
    public async Task Use_that_is_not_recorded_yet_is_never_left_out_in_silence()
    {
        var contract = await PricedAsync();
        await UseAsync(contract);
        var now = space.Clock.GetUtcNow();
        foreach (var connector in new[] { space.Provider, space.Consumer })
        {
            var refused = await RefusedAsync(connector, Query(contract, now.AddHours(-1), now.AddMinutes(2)));
            Assert.Equal((HttpStatusCode.Conflict, "to"), (refused.Status, refused.Problem.GetProperty("term").GetString()));
        }
    }

    [Fact]
    public async Task Agreement_without_a_price_plan_has_no_statement()
    {
        var contract = await space.ContractAsync(NewProduct());
        var (status, problem) = await RefusedAsync(space.Provider, new StatementQuery { Agreement = contract.Agreement });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, PricePlan.Property), (status, problem.GetProperty("term").GetString()));
    }

    [Fact]
    public async Task Period_that_cuts_a_minute_is_refused()
    {
        var contract = await PricedAsync();
        var (status, problem) = await RefusedAsync(space.Consumer, new StatementQuery { Agreement = contract.Agreement, From = "2026-05-01T00:00:30Z" });
        Assert.Equal((HttpStatusCode.BadRequest, "from"), (status, problem.GetProperty("term").GetString()));
    }

    [Fact]
    public async Task Agreement_of_others_is_not_found() =>
        Assert.Equal(HttpStatusCode.NotFound, (await RefusedAsync(space.Provider, new StatementQuery { Agreement = "urn:uuid:of-others" })).Status);

    [Fact]
    public async Task Without_the_management_token_nothing_is_stated()
    {
        using var stranger = new HttpClient { BaseAddress = space.Provider.BaseAddress };
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefusedAsync(stranger, new StatementQuery { Agreement = "any" })).Status);
    }

    private Task<TestContract> PricedAsync()
    {
        // A full minute, so that tests can name periods by it.
        var minute = new DateTimeOffset(space.Clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);
        space.Clock.Set(minute.AddMinutes(1));
        return space.PricedContractAsync(NewProduct(), Plan);
    }

    private static string NewProduct() => "curves-" + Guid.NewGuid().ToString("n");

    private static async Task UseAsync(TestContract contract, string? key = null)
    {
        using var answer = await contract.UseAsync(key: key);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static StatementQuery Query(TestContract contract, DateTimeOffset from, DateTimeOffset to) => new() { Agreement = contract.Agreement, From = Minute(from), To = Minute(to) };

    private static string Minute(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH':'mm':00Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<byte[]> BytesAsync(HttpClient connector, StatementQuery query)
    {
        using var response = await SendAsync(connector, query, "wait=20");
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, System.Text.Encoding.UTF8.GetString(bytes));
        return bytes;
    }

    private static async Task<(HttpStatusCode Status, JsonElement Problem)> RefusedAsync(HttpClient connector, StatementQuery query)
    {
        using var response = await SendAsync(connector, query, "wait=0");
        Assert.False(response.IsSuccessStatusCode);
        return (response.StatusCode, await response.ProblemAsync());
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient connector, StatementQuery query, string prefer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, query.ToRoute());
        request.Headers.Add("Prefer", prefer);
        return await connector.SendAsync(request);
    }
}
