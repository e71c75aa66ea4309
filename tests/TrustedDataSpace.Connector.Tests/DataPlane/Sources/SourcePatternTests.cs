using TrustedDataSpace.Connector.DataPlane;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane.Sources;

public sealed class SourcePatternTests
{
    [Theory]
    [InlineData("/a/*.csv", "/a/x.csv", true)]
    [InlineData("/a/*.csv", "/a/.csv", true)]
    [InlineData("/a/*.csv", "/a/x.CSV", false)]
    [InlineData("/a/*.csv", "/a/b/x.csv", false)]
    [InlineData("/a/*", "/a/", true)]
    [InlineData("/a/*", "/a", false)]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/a/", false)]
    [InlineData("/A", "/a", false)]
    [InlineData("/a/**", "/a", true)]
    [InlineData("/a/**", "/a/", true)]
    [InlineData("/a/**", "/a/b/c", true)]
    [InlineData("/a/**", "/ab", false)]
    [InlineData("/**", "", true)]
    [InlineData("/**", "/x", true)]
    [InlineData("", "", true)]
    [InlineData("", "/", false)]
    [InlineData("/a*a", "/a", false)]
    [InlineData("/a*a", "/aa", true)]
    public void A_path_fits_or_does_not(string pattern, string path, bool fits)
    {
        Assert.True(SourcePatterns.IsPath(pattern));
        Assert.Equal(fits, SourcePatterns.Matches(pattern, path));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("/a**")]
    [InlineData("/**/a")]
    [InlineData("/*a*")]
    [InlineData("/a//b")]
    [InlineData("/../a")]
    [InlineData("/a;b")]
    [InlineData("/a?b")]
    [InlineData("/%61")]
    [InlineData("/%e4%b8%ad")]
    [InlineData("/a b")]
    public void A_pattern_that_no_plain_path_could_fit_is_none(string pattern) => Assert.False(SourcePatterns.IsPath(pattern));

    [Theory]
    [InlineData("2026-*", "2026-05-12", true)]
    [InlineData("2026-*", "2025-05-12", false)]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "x", false)]
    public void A_value_fits_or_does_not(string pattern, string value, bool fits)
    {
        Assert.True(SourcePatterns.IsQueryValue(pattern));
        Assert.Equal(fits, SourcePatterns.MatchesPart(pattern, value));
    }

    [Theory]
    [InlineData("a&b")]
    [InlineData("a=b")]
    [InlineData("a;b")]
    [InlineData("*a*")]
    [InlineData("%2d")]
    public void A_value_that_could_be_more_than_one_parameter_is_no_pattern(string pattern) => Assert.False(SourcePatterns.IsQueryValue(pattern));
}
