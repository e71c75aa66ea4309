using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <content>What an answer gives back of the balance at its end.</content>
public sealed partial class PrepaidTests
{
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 4)]
    public async Task An_answer_gives_back_at_its_end_what_it_did_not_cost_and_nothing_where_nobody_knows_what_left(bool observed, long kept)
    {
        await using var services = new ServiceCollection().AddMetrics().AddSingleton<GateMetrics>().BuildServiceProvider();
        var started = await StartAsync(paid: 100 * One);
        var ticket = await ReserveAsync(started);
        Assert.True(await started.Balances.TryPayAsync(started.Count, started.Balance, 3 * One));
        var request = new GateRequest(Flow, Agreement, null, "inference", new RequestFacts("GET", "/"));
        var runs = new RunningUses(null!, null!, null!, started.Meter, started.Balances, services.GetRequiredService<GateMetrics>(), clock, NullLogger<RunningUses>.Instance);
        using var use = new RunningUse(runs, ticket, new Judgement(PolicyDecision.Allowed("permission[0]", ""), default, request, null), started.Count) { Paid = 4 * One };

        // What is cut costs its row alone.
        await use.SettleAsync(new Delivered(UsageOutcomes.Cut, 1, 1, Observed: observed));
        Assert.Equal(kept * One, started.Balance.State.Used);
    }

    private static AgreementTerms Agreement => new()
    {
        Id = Flow.AgreementId,
        Role = DspRole.Provider,
        Provider = "did:web:grid.example",
        Consumer = Flow.Consumer,
        DatasetId = "readings",
        Classification = "general",
        State = AgreementTerms.Active,
        Filed = true,
        ConcludedAt = DateTimeOffset.UnixEpoch,
        Document = null!,
        Signatures = [],
        Terms = null!,
        Coverage = [],
        Meter = new MeterRule { Unit = MeterRule.Request },
        Quotas = Quotas,
    };
}
