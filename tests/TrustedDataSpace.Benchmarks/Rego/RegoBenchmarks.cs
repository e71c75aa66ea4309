using System.Buffers;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Benchmarks.Rego;

/// <summary>Decisions of the Rego engine over 1,000 rotating inputs. Bars in docs/benchmarks/rego.md.</summary>
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class RegoBenchmarks
{
    private readonly ArrayBufferWriter<byte> output = new();
    private readonly RegoCase abac = RegoCase.Abac();
    private readonly RegoCase tiny = RegoCase.Tiny();
    private readonly RegoCase grid = RegoCase.PowerGrid();
    private int turn;

    [Benchmark(Description = "abac.rego, JSON to JSON")]
    public int AbacText() => abac.FromText(turn++ & 0xFFFFF, output);

    [Benchmark(Description = "abac.rego, on values")]
    public RegoValue? AbacValue() => abac.FromValue(turn++ & 0xFFFFF);

    [Benchmark(Description = "tiny.rego, JSON to JSON")]
    public int TinyText() => tiny.FromText(turn++ & 0xFFFFF, output);

    [Benchmark(Description = "tiny.rego, on values")]
    public RegoValue? TinyValue() => tiny.FromValue(turn++ & 0xFFFFF);

    [Benchmark(Description = "power grid, JSON to JSON")]
    public int GridText() => grid.FromText(turn++ & 0xFFFFF, output);

    [Benchmark(Description = "power grid, on values")]
    public RegoValue? GridValue() => grid.FromValue(turn++ & 0xFFFFF);

    // The out-of-process toolchain makes a project of its own, which does not know this solution's package versions.
    private sealed class InProcess : BenchmarkDotNet.Configs.ManualConfig
    {
        public InProcess() => AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
