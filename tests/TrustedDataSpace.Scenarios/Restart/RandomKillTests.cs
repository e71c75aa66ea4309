using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>Three real processes, any of which may be killed at any moment.</summary>
public sealed class RandomKillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task After_5_kills_at_random_moments_both_sides_have_the_same_books_and_the_evidence_verifies()
    {
        var run = await KillRun.RunAsync(5, new Dice());
        output.WriteLine(run.ToTable());
        Assert.True(run.Books.Problems.Count == 0, string.Join(Environment.NewLine, run.Books.Problems));
        Assert.True(run.Books.Announced > 0);
    }
}
