using TrustedDataSpace.Cli.Demo;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Demo;

public sealed class PowerGridDemoTests
{
    [Fact]
    public async Task Steps_have_names_of_their_own_and_need_earlier_ones()
    {
        await using var space = new DemoSpace(PowerGridDemo.Definition(), PowerGridDemo.DefaultStart);
        var steps = PowerGridDemo.Steps(space);
        var earlier = new HashSet<string>();
        foreach (var step in steps)
        {
            Assert.All(step.Needs, need => Assert.Contains(need, earlier));
            Assert.True(earlier.Add(step.Name), step.Name);
        }

        Assert.True(steps.Count >= 27);
        Assert.True(steps.Count(step => step.Title.StartsWith("Refused", StringComparison.Ordinal)) >= 6);
    }

    [Theory]
    [InlineData("2026-05-12T08:00:00+08:00")]
    [InlineData("2026-05-12T00:30:00+00:00")]
    [InlineData("2027-01-01T00:00:00+08:00")]
    public void Clock_within_the_contract_is_accepted(string time) =>
        Assert.Equal(DateTimeOffset.Parse(time, null), PowerGridDemo.Checked(DateTimeOffset.Parse(time, null)));

    [Theory]
    [InlineData("2026-05-12T09:30:00+08:00")]
    [InlineData("2026-04-30T08:00:00+08:00")]
    [InlineData("2031-05-01T08:00:00+08:00")]
    public void Clock_outside_the_contract_is_refused_with_what_would_do(string time) =>
        Assert.Contains("before 08:50", Assert.Throws<CannotStartException>(() => PowerGridDemo.Checked(DateTimeOffset.Parse(time, null))).Message, StringComparison.Ordinal);
}
