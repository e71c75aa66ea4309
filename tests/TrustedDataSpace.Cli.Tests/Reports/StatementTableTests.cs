using TrustedDataSpace.Cli.Reports;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Reports;

public sealed class StatementTableTests
{
    [Fact]
    public void Every_line_and_the_total_are_shown_under_each_other() => Assert.Equal(
        """
        agreement  urn:uuid:a
        provider   did:web:grid.example
        consumer   did:web:vpp.example
        period     2026-04-30T16:00Z to 2026-05-31T16:00Z
        plan       curves version 2, sha-256:0

        line                          quantity           price      amount
        training                  148,800 rows  0.60 per 1,000       89.28
        infer retry (not billed)    4,800 rows                        0.00
        training (free purpose)         1 rows                        0.00
        rounding                                                     -0.01
        minimum fee                                                 110.73
        total                                                   200.00 CNY
        """.ReplaceLineEndings(),
        StatementTable.Of(Statement));

    private static Statement Statement { get; } = new()
    {
        AgreementId = "urn:uuid:a",
        ProviderId = "did:web:grid.example",
        ConsumerId = "did:web:vpp.example",
        PlanId = "curves",
        PlanVersion = 2,
        PlanHash = "sha-256:0",
        Currency = "CNY",
        From = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.FromHours(8)),
        To = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.FromHours(8)),
        Lines =
        [
            new() { Kind = StatementLineKinds.Use, Component = "training", Phase = "train", Meter = "rows", Quantity = 148_800, UnitSize = 1000, Price = 0.60m, Amount = 89.28m, Records = 1 },
            new() { Kind = StatementLineKinds.NotBilled, Phase = "infer", Outcome = "retry", Meter = "rows", Quantity = 4_800, Amount = 0.00m, Records = 1 },
            new() { Kind = StatementLineKinds.FreePurpose, Component = "training", Phase = "train", Meter = "rows", Quantity = 1, Amount = 0.00m, Records = 1 },
            new() { Kind = StatementLineKinds.Rounding, Quantity = 0, Amount = -0.01m, Records = 0 },
            new() { Kind = StatementLineKinds.MinimumFee, Quantity = 0, Amount = 110.73m, Records = 0 },
        ],
        Subtotal = 89.27m,
        Total = 200.00m,
    };
}
