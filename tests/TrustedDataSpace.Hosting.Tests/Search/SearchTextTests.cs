using TrustedDataSpace.Hosting.Search;
using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Search;

public sealed class SearchTextTests
{
    [Theory]
    [InlineData("Load curve", "Load curve")]
    [InlineData("储能", "储 能 储能")]
    [InlineData("虚拟电厂", "虚 拟 电 厂 虚拟 拟电 电厂")]
    [InlineData("96点负荷curve", "96 点 负 荷 点负 负荷 curve")]
    [InlineData("𠮷野", "𠮷 野 𠮷野")]
    [InlineData("--", "")]
    [InlineData("load\ufffe cur\ufdd0ve \U0001ffff𠮷", "load cur ve 𠮷")]
    public void Text_is_cut_into_words_and_pairs(string text, string words) =>
        Assert.Equal(words, SearchText.ForIndex([text]).Trim());

    [Theory]
    [InlineData("load curve", "\"load\"* \"curve\"*")]
    [InlineData("电", "\"电\"")]
    [InlineData("虚拟电厂", "\"虚拟\" \"拟电\" \"电厂\"")]
    [InlineData("a\" OR b*", "\"a\"* \"OR\"* \"b\"*")]
    public void A_query_is_cut_alike_and_holds_no_operator(string query, string match) =>
        Assert.Equal(match, SearchText.ForQuery(query));

    [Theory]
    [InlineData("***")]
    [InlineData("a b c d e f g h i j k l m n o p q")]
    public void A_query_without_words_or_with_too_many_is_refused(string query) =>
        Assert.Equal("q", Assert.Throws<RefusalException>(() => SearchText.ForQuery(query)).Term);

    [Fact]
    public void What_is_no_character_parts_words_in_a_query_as_in_the_index() =>
        Assert.Equal(SearchText.Words(["load cur ve"]), SearchText.Words(["load\ufffecur\ufdd0ve \U0001ffff"]));

    [Fact]
    public void Words_are_compared_without_case_accents_and_widths_and_are_there_once()
    {
        Assert.Equal(["zurich", "96", "load"], SearchText.Words(["ZÜRICH zürich", "９６ Load"]));
        Assert.Equal(SearchText.Words("Zurich ｌｏａｄ", "text"), SearchText.Words("zürich LOAD", "text"));
        Assert.Equal(["负荷", "荷曲"], SearchText.Words("负荷曲", "text"));
        Assert.Equal("text", Assert.Throws<RefusalException>(() => SearchText.Words("--", "text")).Term);
    }
}
