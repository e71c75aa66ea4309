using System.Globalization;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>
/// This program's gate and that of another build of it, with bare YARP between them, in turn: what a change is worth can be told so also
/// where other work makes times mean nothing, because it slows all three.
/// </summary>
internal static class AgainstRun
{
    private const int PerRound = 10_000;
    private const int Connections = 32;
    private const int Paced = 8_000;
    private const int PacedSeconds = 4;

    /// <summary>Prints medians of processor time, of what is added to bare YARP, and of times at a fixed rate.</summary>
    /// <param name="other">The other build's benchmark program.</param>
    /// <param name="rounds">Of each.</param>
    /// <param name="fresh">Whether each request is decided afresh.</param>
    /// <param name="paced">Whether also at a fixed rate.</param>
    public static async Task RunAsync(string other, int rounds, bool fresh, bool paced)
    {
        var rules = fresh ? DataPlaneRun.RulesOfTheMoment() : null;
        using var source = await ChildProcess.StartAsync("source");
        using var yarp = await ChildProcess.StartAsync("yarp", source.Url);
        await using var others = await BenchSpace.StartAsync(providerApart: true, ownRules: rules, providerProgram: other);
        await using var mine = await BenchSpace.StartAsync(providerApart: true, ownRules: rules);
        (string Name, ChildProcess Proxy, Flow Flow)[] all =
        [
            ("bare YARP", yarp, await Flow.StartAsync(mine, "bare", source.Url)),
            ("the other gate", others.ProviderProcess, await Flow.StartAsync(others, "curves", source.Url)),
            ("this gate", mine.ProviderProcess, await Flow.StartAsync(mine, "curves", source.Url)),
        ];
        var cpu = all.Select(_ => new List<double>()).ToList();
        for (var round = -rounds; round < rounds; round++)
        {
            for (var i = 0; i < all.Length; i++)
            {
                var (_, proxy, flow) = all[i];
                var requests = flow.Requests(PerRound);
                var before = proxy.Cpu;
                var result = await new LoadGenerator(proxy.Port).RunAsync(requests, Connections);
                var spent = proxy.Cpu - before;
                await flow.CountAsync(result.Answers);
                if (round >= 0)
                {
                    cpu[i].Add(spent.TotalMicroseconds / PerRound);
                }
            }
        }

        for (var i = 0; i < all.Length; i++)
        {
            var added = cpu[i].Zip(cpu[0], (one, bare) => one - bare).Order().ToList();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{all[i].Name}: {Median(cpu[i]):F1} µs a request (least {cpu[i].Min():F1}), {Median(added):F1} more than bare YARP (quarters {added[added.Count / 4]:F1} to {added[added.Count * 3 / 4]:F1})"));
        }

        for (var round = 0; paced && round < rounds; round++)
        {
            foreach (var (name, proxy, flow) in all)
            {
                var requests = flow.Requests(PacedSeconds * Paced);
                var before = proxy.Cpu;
                var result = await new LoadGenerator(proxy.Port).RunAtAsync(requests, Connections, Paced);
                var spent = proxy.Cpu - before;
                await flow.CountAsync(result.Answers);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{name} at {Paced} requests/s: {spent.TotalMicroseconds / requests.Count:F1} µs a request, p50 {result.Milliseconds(0.5):F2} ms, p99 {result.Milliseconds(0.99):F2} ms, p99.9 {result.Milliseconds(0.999):F2} ms"));
            }
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
