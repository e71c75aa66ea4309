using System.Globalization;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>
/// What the provider's gate adds to a bare YARP proxy: the same requests, byte for byte, to both in turn, with the source, either proxy and
/// this generator on the same cores.
/// </summary>
internal static class DataPlaneRun
{
    /// <summary>Of each proxy, in turn.</summary>
    public const int Rounds = 7;

    private const int PerRound = 20_000;

    // The runtime goes on compiling for many seconds: it is steady service that is measured.
    private const int WarmUp = 200_000;
    private const int Connections = 32;
    private const int Paced = 8_000;

    public static async Task RunAsync()
    {
        using var source = await ChildProcess.StartAsync("source");
        using var yarp = await ChildProcess.StartAsync("yarp", source.Url);
        Console.WriteLine("| | requests/s | CPU of the proxy, µs/request | p50 ms | p99 ms |");
        Console.WriteLine("|---|---|---|---|---|");
        await using (var fresh = await BenchSpace.StartAsync(providerApart: true, ownRules: RulesOfTheMoment()))
        {
            await CompareAsync("gate, each request decided afresh", yarp, fresh.ProviderProcess, await Flow.StartAsync(fresh, "curves", source.Url), Rounds);
        }

        await using var space = await BenchSpace.StartAsync(providerApart: true);
        var gate = space.ProviderProcess;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cold start of a connector: {gate.StartTime.TotalSeconds:F2} s, {gate.Resident / (1 << 20)} MiB resident"));
        var flow = await Flow.StartAsync(space, "curves", source.Url);
        var ratio = await CompareAsync("gate", yarp, gate, flow, Rounds);
        foreach (var (name, proxy) in new[] { ("bare YARP", yarp), ("gate", gate) })
        {
            var paced = await new LoadGenerator(proxy.Port).RunAtAsync(flow.Requests(4 * Paced), Connections, Paced);
            await flow.CountAsync(paced.Answers);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} at {Paced} requests/s: p50 {paced.Milliseconds(0.5):F2} ms, p99 {paced.Milliseconds(0.99):F2} ms"));
        }

        await BodyRun.LargeAsync(yarp, gate, flow);
        await BodyRun.StreamsAsync(space, gate, flow, BodyRun.Streams);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"data-plane: ratio {ratio:F3}"));
    }

    // A layer that reads the clock: no answer can be used again.
    public static string RulesOfTheMoment()
    {
        var folder = Directory.CreateTempSubdirectory("tds-bench-rules-").FullName;
        File.WriteAllText(Path.Combine(folder, "moment.rego"), """
            package tds.layers.own

            deny contains "before the time" if time.now_ns() < 0
            """);
        return folder;
    }

    /// <summary>Both in turn, warmed up first; prints medians, returns the ratio of their rates.</summary>
    public static async Task<double> CompareAsync(
        string name, ChildProcess yarp, ChildProcess gate, Flow flow, int rounds, Flow? gateFlow = null, string bareName = "bare YARP", int warmUp = WarmUp) =>
        (await CompareAsync(name, (yarp, flow, bareName), (gate, gateFlow ?? flow), rounds, warmUp)).Ratio;

    /// <summary>The same; returns the medians of the processor time of a request, too, in microseconds.</summary>
    public static async Task<(double Ratio, double Cpu, double Added)> CompareAsync(
        string name, (ChildProcess Proxy, Flow Flow, string Name) of, (ChildProcess Proxy, Flow Flow) with, int rounds, int warmUp = WarmUp)
    {
        // What is compiled while it runs must not be counted.
        await MeasureAsync(of.Proxy, of.Flow, warmUp);
        await MeasureAsync(with.Proxy, with.Flow, warmUp);
        var (bare, gated) = (new List<Sample>(), new List<Sample>());
        for (var round = 0; round < rounds; round++)
        {
            bare.Add(await MeasureAsync(of.Proxy, of.Flow, PerRound));
            gated.Add(await MeasureAsync(with.Proxy, with.Flow, PerRound));
        }

        Print(of.Name, bare);
        Print(name, gated);
        var ratio = Median(gated.Select((sample, i) => sample.PerSecond / bare[i].PerSecond));
        var added = Median(gated.Select((sample, i) => sample.Cpu - bare[i].Cpu));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: added CPU {added:F1} µs a request, ratio {ratio:F3}"));
        return (ratio, Median(bare.Select(sample => sample.Cpu)), added);
    }

    private static async Task<Sample> MeasureAsync(ChildProcess proxy, Flow flow, int count)
    {
        for (var left = count; ; left -= PerRound)
        {
            // Signed just before they are sent: a signature is good for a minute.
            var requests = flow.Requests(Math.Min(left, PerRound));
            var before = proxy.Cpu;
            var result = await new LoadGenerator(proxy.Port).RunAsync(requests, Connections);
            var cpu = proxy.Cpu - before;
            await flow.CountAsync(result.Answers);
            if (left <= PerRound)
            {
                return new Sample(result.PerSecond, cpu.TotalMicroseconds / requests.Count, result.Milliseconds(0.5), result.Milliseconds(0.99));
            }
        }
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
