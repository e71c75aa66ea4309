using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Cli.Sources;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Sources;

public sealed class LoadCurvesTests
{
    private static readonly string[] Month = [.. LoadCurves.Lines(LoadCurves.FirstDay, LoadCurves.LastDay)];

    [Fact]
    public void SplitMix64_gives_the_published_numbers()
    {
        // The reference implementation's first outputs for the seed 1234567.
        var random = new SplitMix64(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.Next(), random.Next(), random.Next()]);
    }

    [Fact]
    public void Month_is_the_same_on_every_machine() => Assert.Equal(
        "5953ac3912a60c83fceee9fd7ba088d0d3390671d0b891e479481e23a0a762d0",
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Month)))));

    [Fact]
    public void Month_is_the_same_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal(Month[1], LoadCurves.Lines(LoadCurves.FirstDay, LoadCurves.FirstDay).ElementAt(1));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void There_is_one_row_for_each_of_fifty_points_and_thirty_one_days()
    {
        Assert.Equal(1 + (50 * 31), Month.Length);
        var keys = Month.Skip(1).Select(line => line.Split(',')[..2]).Select(key => (Point: key[0], Day: key[1])).ToHashSet();
        Assert.Equal(50 * 31, keys.Count);
        Assert.Equal(50, keys.Select(key => key.Point).Distinct().Count());
    }

    [Fact]
    public void Each_row_has_a_hash_a_date_96_values_and_a_flag()
    {
        Assert.StartsWith("usage_point_hash,date,p01,p02,", Month[0], StringComparison.Ordinal);
        Assert.EndsWith(",p96,quality_flag", Month[0], StringComparison.Ordinal);
        Assert.All(Month.Skip(1), line =>
        {
            var fields = line.Split(',');
            Assert.Equal(99, fields.Length);
            Assert.Matches("^[0-9a-f]{16}$", fields[0]);
            Assert.Equal("valid", fields[98]);
            Assert.All(fields[2..98], value => Assert.Matches(@"^[0-9]+\.[0-9]{2}$", value));
        });
    }

    [Fact]
    public void Homes_use_most_in_the_evening_and_offices_by_day()
    {
        var first = LoadCurves.Lines(new DateOnly(2026, 5, 4), new DateOnly(2026, 5, 4)).Skip(1).Select(Values).ToList();
        var home = Sum(first[..10]);
        var office = Sum(first[10..20]);
        Assert.True(home[20 * 4] > home[10 * 4]);
        Assert.True(office[10 * 4] > office[20 * 4]);
        Assert.All(home, value => Assert.True(value > 0));
    }

    private static decimal[] Values(string line) => [.. line.Split(',')[2..98].Select(text => decimal.Parse(text, CultureInfo.InvariantCulture))];

    private static decimal[] Sum(List<decimal[]> rows) => [.. Enumerable.Range(0, 96).Select(quarter => rows.Sum(row => row[quarter]))];
}
