using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>Three real processes, of which either connector is killed while the records of its meters are signed, exchanged and submitted.</summary>
public sealed class ReceiptKillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task After_5_kills_aimed_at_receipts_every_interval_has_settled_or_is_a_dispute_by_name()
    {
        var run = await ReceiptKillRun.RunAsync(5, new Dice(), clears: false);
        output.WriteLine(run.ToTable());
        Assert.True(run.Problems.Count == 0, string.Join(Environment.NewLine, run.Problems));
    }
}
