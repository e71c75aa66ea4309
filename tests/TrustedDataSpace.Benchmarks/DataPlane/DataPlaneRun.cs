using System.Globalization;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>
/// What the provider's gate adds to a bare YARP proxy: the same requests, byte for byte, to both in turn, with the source, either proxy and
/// this generator on the same cores.
/// </summary>
internal static class DataPlaneRun
{
    private const int Rounds = 7;
    private const int PerRound = 20_000;

    // The runtime goes on compiling for many seconds: it is steady service that is measured.
    private const int WarmUp = 200_000;
    private const int Connections = 32;

    public static async Task RunAsync()
    {
        using var source = await ChildProcess.StartAsync("source");
        using var yarp = await ChildProcess.StartAsync("yarp", source.Url);
        await using var space = await BenchSpace.StartAsync(providerApart: true);
        var flow = await Flow.StartAsync(space, "curves", source.Url);
        var gate = space.ProviderProcess;

        // What is compiled while it runs must not be counted.
        await MeasureAsync(yarp, flow, WarmUp);
        await MeasureAsync(gate, flow, WarmUp);
        var (bare, gated) = (new List<Sample>(), new List<Sample>());
        for (var round = 0; round < Rounds; round++)
        {
            bare.Add(await MeasureAsync(yarp, flow, PerRound));
            gated.Add(await MeasureAsync(gate, flow, PerRound));
        }

        Console.WriteLine("| | requests/s | CPU of the proxy, µs/request | p50 ms | p99 ms |");
        Console.WriteLine("|---|---|---|---|---|");
        Print("bare YARP", bare);
        Print("gate", gated);
        var ratio = Median(gated.Select((sample, i) => sample.PerSecond / bare[i].PerSecond));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"added CPU {Median(gated.Select((sample, i) => sample.Cpu - bare[i].Cpu)):F1} µs a request"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"data-plane: ratio {ratio:F3}"));
    }

    private static async Task<Sample> MeasureAsync(ChildProcess proxy, Flow flow, int count)
    {
        LoadResult result = null!;
        var before = proxy.Cpu;
        for (var left = count; left > 0; left -= PerRound)
        {
            // Signed just before they are sent: a signature is good for a minute.
            var requests = flow.Requests(Math.Min(left, PerRound));
            before = proxy.Cpu;
            count = requests.Count;
            result = await new LoadGenerator(proxy.Port).RunAsync(requests, Connections);
        }

        return new Sample(result.PerSecond, (proxy.Cpu - before).TotalMicroseconds / count, result.Milliseconds(0.5), result.Milliseconds(0.99));
    }

    private static void Print(string name, List<Sample> samples) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {Median(samples.Select(s => s.PerSecond)):F0} | {Median(samples.Select(s => s.Cpu)):F1} | {Median(samples.Select(s => s.P50)):F2} | {Median(samples.Select(s => s.P99)):F2} |"));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private sealed record Sample(double PerSecond, double Cpu, double P50, double P99);
}
