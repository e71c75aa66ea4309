using TrustedDataSpace.Cli.Commands;
using Xunit;

namespace TrustedDataSpace.Scenarios.Materials;

/// <summary>The whole demonstration, as a user starts it.</summary>
public sealed class MaterialsDemoTests
{
    [Fact]
    public async Task Demonstration_passes_every_step_and_settles_at_27_90()
    {
        var output = new StringWriter();
        var code = await TdsCommand.RunAsync(["demo", "materials"], output, output, TestContext.Current.CancellationToken);
        Assert.True(code == Cli.ExitCode.Ok, output.ToString());
        var lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"{lines.Length - 1} steps passed, 0 failed", lines[^1]);
        Assert.Contains(lines, line => line.Contains("ok 640 requests 0 rows", StringComparison.Ordinal) && line.Contains("tokens 1536000 in, of which 307200 cached, 256000 out, 983040 of data", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("total 27.90 CNY; mill 11.80, laboratory 7.86, assistant 8.24; both connectors show the same bytes", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("rounded once per invoice: 27.89 CNY", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("evidence verified", StringComparison.Ordinal));
    }
}
