using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Receipts;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Settlement;

/// <summary>The steps of a contract whose use is recorded at both connectors and matched at the authority.</summary>
internal sealed class ReceiptSpace(TestSpace space)
{
    public const int RowsOfUse = 4;

    public static readonly object Plan = new
    {
        id = "plan",
        version = 1,
        currency = "CNY",
        components = new[] { new { id = "rows", meter = "rows", unitSize = 1, price = "0.25" } },
        rounding = new { per = "line", mode = "halfUp", scale = 2 },
    };

    public TestSpace Space => space;

    /// <summary>A priced contract, at the beginning of a minute.</summary>
    public Task<TestContract> ContractAsync(object? plan = null)
    {
        var minute = new DateTimeOffset(space.Clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);
        space.Clock.Set(minute.AddMinutes(1));
        return space.PricedContractAsync("curves-" + Guid.NewGuid().ToString("n"), plan ?? Plan);
    }

    public static async Task UseAsync(TestContract contract, string? key = null)
    {
        using var answer = await contract.UseAsync(key: key);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>Changes the tables of a connector behind its back, with its journal taken over before.</summary>
    public Task TamperAsync(HttpClient connector, string sql) => Of<Database>(connector).WriteAsync(unit =>
    {
        Of<UsageMeter>(connector).Apply(unit);
        Assert.NotEqual(0, unit.Execute(sql));
    });

    /// <summary>What was used so far is recorded by both.</summary>
    public void EndInterval(TimeSpan? later = null)
    {
        space.Clock.Set(space.Clock.GetUtcNow() + (later ?? TimeSpan.FromMinutes(3)));
        Look();
    }

    /// <summary>Both connectors look at once at what their clocks say.</summary>
    public void Look()
    {
        foreach (var connector in new[] { space.Provider, space.Consumer })
        {
            Of<UsageMeter>(connector).Signal.Set();
            Of<ReceiptGrace>(connector).Signal.Set();
        }
    }

    /// <summary>The one receipt of the agreement, as soon as the authority has it in that state.</summary>
    public async Task<Receipt> ReceiptAsync(TestContract contract, string state)
    {
        Receipt? last = null;
        await UntilAsync(space.Operator, async () => (last = (await ReceiptsAsync(contract)).SingleOrDefault())?.State == state, () => $"a {state} receipt; it is {last}");
        return last!;
    }

    public async Task<IReadOnlyList<Receipt>> ReceiptsAsync(TestContract contract) =>
        (await space.Operator.WaitAsync<Page<Receipt>>(AuthorityRoutes.ReceiptsOf(contract.Agreement), 0)).Items;

    public Task<Dispute> DisputeAsync(string id) => space.Operator.WaitAsync<Dispute>(AuthorityRoutes.ForDispute(id), 0);

    public async Task<Dispute> DisputeAsync(string id, Func<Dispute, bool> holds)
    {
        Dispute? last = null;
        await UntilAsync(space.Operator, async () => holds(last = await DisputeAsync(id)), () => $"the dispute to go on; it is {last}");
        return last!;
    }

    public async Task TransferStateAsync(TestContract contract, string state)
    {
        TransferView? last = null;
        await UntilAsync(space.Provider, async () => (last = await space.Provider.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, contract.Flow), 0)).State == state, () => $"the transfer to be {state}; it is {last}");
    }

    public T Of<T>(HttpClient client)
        where T : notnull => space.Behind(client).Services.GetRequiredService<T>();

    public static string Minute(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH':'mm':00Z'", CultureInfo.InvariantCulture);

    // Looked at after each change that the service commits.
    private async Task UntilAsync(HttpClient service, Func<Task<bool>> holds, Func<string> what)
    {
        var database = Of<Database>(service);
        var changed = 0;
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (!await holds())
        {
            Assert.False(deadline.IsCancellationRequested, "waited for " + what());
            changed = 0;
            await database.WaitUntilAsync(() => changed++ > 0, TimeSpan.FromSeconds(1), CancellationToken.None);
        }
    }
}
