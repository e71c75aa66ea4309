using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Cli.Demo;
using TrustedDataSpace.Cli.Sources;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Demo;

public sealed class ContractedCurvesTests
{
    private static readonly string Source = string.Concat(LoadCurves.Lines(LoadCurves.FirstDay, LoadCurves.LastDay).Select(line => line + "\n"));

    [Fact]
    public void Fifty_points_a_day_may_be_delivered()
    {
        var delivered = ContractedCurves.Of(Source).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + (50 * 31), delivered.Length);
        Assert.StartsWith("usage_point_hash,date,p01,p02,", delivered[0], StringComparison.Ordinal);
        Assert.All(delivered, line => Assert.Equal(99, line.Split(',').Length));
    }

    [Fact]
    public void What_may_be_delivered_is_the_same_on_every_machine() => Assert.Equal(
        "5953ac3912a60c83fceee9fd7ba088d0d3390671d0b891e479481e23a0a762d0",
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ContractedCurves.Of(Source).TrimEnd('\n')))));

    [Fact]
    public void Nine_points_must_stay_at_the_source()
    {
        var (small, unauthorised) = ContractedCurves.Suppressed(LoadCurves.Csv(LoadCurves.FirstDay));
        Assert.Equal((6, 3), (small.Count, unauthorised.Count));
        Assert.DoesNotContain(small.Concat(unauthorised), point => ContractedCurves.Of(Source).Contains(point, StringComparison.Ordinal));
    }
}
