using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Cli.Sources;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Sources;

public sealed class LoadCurvesTests
{
    private const int Points = 59;
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
        "6fcbd807a533be985673e8f7978fba3c2260d8783aad9b5db57bf78c6919ced9",
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
    public void There_is_one_row_for_each_of_fifty_nine_points_and_thirty_one_days()
    {
        Assert.Equal(1 + (Points * 31), Month.Length);
        var keys = Month.Skip(1).Select(line => line.Split(',')[..2]).Select(key => (Point: key[0], Day: key[1])).ToHashSet();
        Assert.Equal(Points * 31, keys.Count);
        Assert.Equal(Points, keys.Select(key => key.Point).Distinct().Count());
    }

    [Fact]
    public void Six_points_are_of_a_small_group_and_three_homes_are_not_authorised()
    {
        var day = Month.Skip(1).Take(Points).Select(line => line.Split(',')[2..5]).GroupBy(marks => string.Join(' ', marks)).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["residential 13 1"] = 10,
                ["office 10 1"] = 10,
                ["factory 10 1"] = 10,
                ["cold-store 10 1"] = 10,
                ["charging-station 10 1"] = 10,
                ["hospital 6 1"] = 6,
                ["residential 13 0"] = 3,
            },
            day);
    }

    [Fact]
    public void Each_row_has_a_hash_a_date_its_group_its_authorisation_96_values_and_a_flag()
    {
        Assert.StartsWith("usage_point_hash,date,group_id,group_customers,authorised,p01,p02,", Month[0], StringComparison.Ordinal);
        Assert.EndsWith(",p96,quality_flag", Month[0], StringComparison.Ordinal);
        Assert.All(Month.Skip(1), line =>
        {
            var fields = line.Split(',');
            Assert.Equal(102, fields.Length);
            Assert.Matches("^[0-9a-f]{16}$", fields[0]);
            Assert.Equal("valid", fields[101]);
            Assert.All(fields[5..101], value => Assert.Matches(@"^[0-9]+\.[0-9]{2}$", value));
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

    private static decimal[] Values(string line) => [.. line.Split(',')[5..101].Select(text => decimal.Parse(text, CultureInfo.InvariantCulture))];

    private static decimal[] Sum(List<decimal[]> rows) => [.. Enumerable.Range(0, 96).Select(quarter => rows.Sum(row => row[quarter]))];
}
