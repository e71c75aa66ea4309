using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

public sealed class CanonicalTargetTests
{
    [Theory]
    [InlineData("/data/f1", "f1", "", "")]
    [InlineData("/data/f1/", "f1", "/", "")]
    [InlineData("/data/f1/a/b?x=1&y=2", "f1", "/a/b", "?x=1&y=2")]
    [InlineData("/data/f1/%61%2Db", "f1", "/a-b", "")]
    [InlineData("/data/f1/caf%c3%a9", "f1", "/caf%C3%A9", "")]
    [InlineData("/data/f1/a%20b?q=%e4%b8%ad", "f1", "/a%20b", "?q=%E4%B8%AD")]
    [InlineData("/data/urn%3Ax", "urn:x", "", "")]
    public void A_plain_target_has_one_spelling(string raw, string key, string path, string query)
    {
        var target = CanonicalTarget.Parse(raw, "/data/");
        Assert.Equal((key, path, query), (target.Key, target.Path, target.Query));
        Assert.Equal(target, CanonicalTarget.Parse("/data/" + Uri.EscapeDataString(key) + path + query, "/data/"));
    }

    [Theory]
    [InlineData("/data/f1/../f2")]
    [InlineData("/data/f1/./a")]
    [InlineData("/data/f1/%2e%2e/f2")]
    [InlineData("/data/f1/%2E/a")]
    [InlineData("/data/f1//a")]
    [InlineData("/data//f1")]
    [InlineData("/data/f1/a%2fb")]
    [InlineData("/data/f1/a%2Fb")]
    [InlineData("/data/f1/a%5cb")]
    [InlineData("/data/f1/a\\b")]
    [InlineData("/data/f1/a;v=1")]
    [InlineData("/data/f1/a%3Bv=1")]
    [InlineData("/data/f1/a%00")]
    [InlineData("/data/f1/a%0d%0aX:1")]
    [InlineData("/data/f1/a%7f")]
    [InlineData("/data/f1/a%252e")]
    [InlineData("/data/f1/%c3%28")]
    [InlineData("/data/f1/%ff")]
    [InlineData("/data/f1/%4")]
    [InlineData("/data/f1/%zz")]
    [InlineData("/data/f1/a b")]
    [InlineData("/data/f1/a?x=#y")]
    [InlineData("/data/f1/é")]
    [InlineData("/data/")]
    [InlineData("/data")]
    [InlineData("/DATA/f1")]
    [InlineData("//data/f1")]
    [InlineData("/x/../data/f1")]
    [InlineData("http://other.example/data/f1")]
    [InlineData("*")]
    public void What_two_servers_could_read_differently_is_refused(string raw) =>
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => CanonicalTarget.Parse(raw, "/data/")).Code);

    [Theory]
    [InlineData("/data/f1", true)]
    [InlineData("/data/f1/a/b?x=1", true)]
    [InlineData("/data/f1/a%20b?q=%E4%B8%AD", true)]
    [InlineData("/data/F1/A", true)]
    [InlineData("/data/f1/", true)]
    [InlineData("/data/f1/%61", false)]
    [InlineData("/data/f1/a%2db", false)]
    [InlineData("/data/f1?q=%e4%b8%ad", false)]
    [InlineData("/data/f1?", false)]
    public void What_came_in_another_spelling_is_known_to_have_done_so(string raw, bool isVerbatim)
    {
        var target = CanonicalTarget.Parse(raw, "/data/");
        Assert.Equal(isVerbatim, target.IsVerbatim);
        Assert.Equal(raw.Split('?')[0], target.RawPath.ToString());
    }

    [Theory]
    [InlineData("/data/f1/a", "/data/f1/A")]
    [InlineData("/data/f1/a", "/data/f1/a/")]
    [InlineData("/data/f1?a", "/data/f1?A")]
    [InlineData("/data/f1", "/data/F1")]
    [InlineData("/data/f1/a", "/data/f1/a?x")]
    public void Case_and_a_slash_at_the_end_make_another_target(string one, string other) =>
        Assert.NotEqual(CanonicalTarget.Parse(one, "/data/"), CanonicalTarget.Parse(other, "/data/"));

    [Theory]
    [InlineData("/data/f1/%C0%AE%C0%AE/a")]
    [InlineData("/data/f1/%E0%80%AF")]
    [InlineData("/data/f1/%ED%A0%80")]
    [InlineData("/data/f1/%E4%B8")]
    [InlineData("/data/f1/%E4a%B8%AD")]
    [InlineData("/data/f1?x=%2F")]
    [InlineData("/data/f1?x=%3b")]
    [InlineData("/data/f1/%")]
    [InlineData("/data/f1?%")]
    [InlineData("/data/f1/%+1")]
    [InlineData("/data/f1/% 1")]
    [InlineData("/data/f1?a\tb")]
    [InlineData("/data/?x")]
    [InlineData("/data/./x")]
    [InlineData("/data/..")]
    [InlineData("/data/f1/..")]
    [InlineData("/data/f1/.")]
    [InlineData("/data/f1/\u017f")]
    [InlineData("/data/f1/\uff0e\uff0e/a")]
    public void Overlong_and_half_escapes_and_look_alikes_are_refused(string raw) =>
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => CanonicalTarget.Parse(raw, "/data/")).Code);

    // Every text of up to five pieces, of pieces that matter: some of it takes the fast way, some the slow one.
    [Fact]
    public void The_fast_way_and_the_slow_way_say_the_same()
    {
        string[] pieces = ["a", "Z", "9", "/", ".", "..", "-", ";", "?", "&", "%41", "%2E", "%2f", "%c3%a9", "%", "\\", "é", "~"];
        var texts = pieces.Prepend("").ToList();
        var compared = 0;
        for (var length = 0; length < 3; length++)
        {
            texts = [.. texts.SelectMany(text => pieces.Select(piece => text + piece)).Distinct()];
            foreach (var text in texts)
            {
                // The escaped letter at its end sends the second one the slow way.
                var (fast, slow) = (Try("/data/f/" + text + "x"), Try("/data/f/" + text + "%78"));
                Assert.Equal(fast, slow);
                compared++;
            }
        }

        Assert.True(compared > 5_000, $"only {compared} texts");
    }

    private static CanonicalTarget? Try(string raw)
    {
        try
        {
            return CanonicalTarget.Parse(raw, "/data/");
        }
        catch (RefusalException)
        {
            return null;
        }
    }

    [Fact]
    public void An_endless_target_is_too_large() =>
        Assert.Equal(RefusalCode.TooLarge, Assert.Throws<RefusalException>(() => CanonicalTarget.Parse("/data/" + new string('a', 9000), "/data/")).Code);

    [Theory]
    [InlineData("29000000/1", true)]
    [InlineData("29000000/0", false)]
    [InlineData("-1/1", false)]
    [InlineData("1", false)]
    [InlineData("1/2/3", false)]
    [InlineData(" 1/2", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("99999999999999999999/1", false)]
    public void The_number_of_a_use_is_read_strictly(string? text, bool valid) =>
        Assert.Equal(valid, DataHeaders.TryParseUsage(text, out _, out _));
}
