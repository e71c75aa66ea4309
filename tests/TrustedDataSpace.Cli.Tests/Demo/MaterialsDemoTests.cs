using TrustedDataSpace.Cli.Demo.Materials;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Protocol.Tokens;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Demo;

public sealed class MaterialsDemoTests
{
    [Fact]
    public async Task Steps_have_names_of_their_own_and_need_earlier_ones()
    {
        await using var space = MaterialsDemo.Space();
        var earlier = new HashSet<string>();
        foreach (var step in MaterialsDemo.Steps(space))
        {
            Assert.All(step.Needs, need => Assert.Contains(need, earlier));
            Assert.True(earlier.Add(step.Name), step.Name);
        }
    }

    [Theory]
    [InlineData(ReportChunks.Mill, 48)]
    [InlineData(ReportChunks.Lab, 32)]
    public void Each_piece_of_a_report_has_the_tokens_that_it_says(string provider, int pieces)
    {
        var rows = ReportChunks.Csv(provider).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
        Assert.Equal(pieces, rows.Count);
        Assert.All(rows, row => Assert.Equal(ReportChunks.TokensEach, Tokenizer.BuiltIn.Count(row.Split('"')[1])));
    }

    [Fact]
    public void A_text_that_has_more_tokens_already_is_none_of_so_many()
    {
        Assert.Equal(40, Tokenizer.BuiltIn.Count(ExactText.Of("GH4169, 高温合金.", 40)));
        Assert.Throws<InvalidOperationException>(() => ExactText.Of("one two three", 2));
    }
}
