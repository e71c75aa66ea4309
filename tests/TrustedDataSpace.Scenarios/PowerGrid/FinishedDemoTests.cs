using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Cli.Demo;
using Xunit;

namespace TrustedDataSpace.Scenarios.PowerGrid;

/// <summary>What the commands say of a demonstration that is over and whose space still runs. They change nothing of it, so one is enough.</summary>
public sealed class FinishedDemoTests(FinishedDemoTests.FinishedDemo demo) : IClassFixture<FinishedDemoTests.FinishedDemo>
{
    [Fact]
    public async Task Changed_byte_of_the_exported_evidence_is_found_by_tds_log_verify()
    {
        var (good, said) = await VerifyAsync(demo.Space.EvidenceFile);
        Assert.Equal(Cli.ExitCode.Ok, good);
        Assert.Contains("evidence verified", said, StringComparison.Ordinal);

        var bytes = await File.ReadAllBytesAsync(demo.Space.EvidenceFile, TestContext.Current.CancellationToken);
        foreach (var place in new[] { 0, bytes.Length / 3, bytes.Length - 2 })
        {
            var altered = (byte[])bytes.Clone();
            altered[place] ^= 1;
            var copy = Path.Combine(demo.Space.Folder.Path, "copy.txt");
            await File.WriteAllBytesAsync(copy, altered, TestContext.Current.CancellationToken);
            (var bad, said) = await VerifyAsync(copy);
            Assert.Equal(Cli.ExitCode.Failed, bad);
            Assert.Contains($"{copy}:{1 + bytes.AsSpan(0, place).Count((byte)'\n')}: ", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Statement_of_the_month_is_the_same_at_both_connectors_by_tds_statement()
    {
        string[] month = ["statement", demo.Space.Agreements["load_curve_96"], "--from", "2026-05-12T00:00:00+08:00", "--to", "2026-06-11T00:00:00+08:00", "--data", demo.Space.Folder.Path];
        var provider = await RunAsync([.. month, "--participant", "grid", "--json"]);
        Assert.Equal(provider, await RunAsync([.. month, "--participant", "vpp", "--json"]));
        Assert.Contains("\"total\":\"233.28\"", Assert.Single(provider), StringComparison.Ordinal);

        var table = await RunAsync([.. month, "--participant", "vpp"]);
        Assert.EndsWith(" 233.28 CNY", table[^1], StringComparison.Ordinal);
        Assert.Contains(table, line => line.StartsWith("infer retry (not billed)", StringComparison.Ordinal));
    }

    private static async Task<(int Code, string Output)> VerifyAsync(string file)
    {
        var output = new StringWriter();
        return (await TdsCommand.RunAsync(["log", "verify", file], output, output, TestContext.Current.CancellationToken), output.ToString());
    }

    private static async Task<string[]> RunAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var code = await TdsCommand.RunAsync(arguments, output, output, TestContext.Current.CancellationToken);
        Assert.True(code == Cli.ExitCode.Ok, output.ToString());
        return output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>All steps passed.</summary>
    public sealed class FinishedDemo : IAsyncLifetime
    {
        internal DemoSpace Space { get; } = new(PowerGridDemo.Definition(), PowerGridDemo.DefaultStart);

        public async ValueTask InitializeAsync()
        {
            await foreach (var result in DemoRunner.RunAsync(PowerGridDemo.Steps(Space), TestContext.Current.CancellationToken))
            {
                Assert.True(result.Passed, $"{result.Title}: {result.Proof}");
            }
        }

        public ValueTask DisposeAsync() => Space.DisposeAsync();
    }
}
