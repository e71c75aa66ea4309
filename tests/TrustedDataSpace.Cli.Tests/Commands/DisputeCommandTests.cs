using TrustedDataSpace.Cli.Commands.Clearing;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

public sealed class DisputeCommandTests
{
    private static readonly UsageLeaf Leaf = new() { Flow = "flow", Interval = 1, Sequence = 1, Purpose = "inference", Outcome = UsageOutcomes.Ok, Rows = 2, Bytes = 30 };

    [Fact]
    public void Request_shows_the_tokens_that_were_counted()
    {
        Assert.Equal("inference ok 2 rows 30 bytes", DisputeCommand.Leaf(Leaf));
        Assert.Equal("inference ok 2 rows 30 bytes, tokens: in 5, cached 1, out 7", DisputeCommand.Leaf(Leaf with { Tokens = new() { In = 5, Cached = 1, Out = 7 } }));
        Assert.Equal(
            "inference ok 2 rows 30 bytes, tokens: data 9, of laboratory 4, of mill 5",
            DisputeCommand.Leaf(Leaf with { Tokens = new() { Data = 9, DataBy = [new("laboratory", 4, 1), new("mill", 5, 1)] } }));
        Assert.Equal("inference ok 2 rows 30 bytes, tokens: unknown", DisputeCommand.Leaf(Leaf with { Tokens = new() }));
        Assert.Equal("none", DisputeCommand.Leaf(null));
    }
}
