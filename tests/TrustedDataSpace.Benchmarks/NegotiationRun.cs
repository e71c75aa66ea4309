using System.Diagnostics;
using System.Globalization;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Benchmarks;

/// <summary>
/// How long a negotiation takes from the order to begin it until it is FINALIZED at both connectors, one at a time and many at once.
/// Both are driven as a program would: over the management interface.
/// </summary>
internal static class NegotiationRun
{
    private const string Product = "curves";

    /// <summary>Prints the table.</summary>
    /// <param name="oneByOne">Negotiations one at a time.</param>
    /// <param name="many">Negotiations of the second part.</param>
    /// <param name="atOnce">How many of them at once.</param>
    public static async Task RunAsync(int oneByOne, int many, int atOnce)
    {
        await using var space = await BenchSpace.StartAsync();
        await space.PublishAsync(Product);

        // The first ones are run by code that the runtime has hardly compiled yet: a row of their own, so that neither hides in the other.
        var first = await SideBySideAsync(space, many, atOnce);
        var single = await SideBySideAsync(space, oneByOne, 1);
        var crowd = await SideBySideAsync(space, many, atOnce);
        Console.WriteLine("| negotiations | at once | p50 ms | p99 ms | slowest ms | per second | CPU s | CPU ms each | KB allocated each |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        Print(first);
        Print(single);
        Print(crowd);
        var (provided, consumed) = (Finalized(space.ProviderService), Finalized(space.ConsumerService));
        Console.WriteLine($"finalized at the provider {provided}, at the consumer {consumed}, of {many + oneByOne + many}");
    }

    private static long Finalized(Microsoft.AspNetCore.Builder.WebApplication service) =>
        BenchSpace.Count(service, "SELECT count(*) FROM negotiations WHERE state = 'FINALIZED'");

    private static async Task<Result> SideBySideAsync(BenchSpace space, int count, int atOnce)
    {
        var times = new double[count];
        var next = -1;
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            int i;
            while ((i = Interlocked.Increment(ref next)) < count)
            {
                var begun = Stopwatch.GetTimestamp();
                await NegotiateAsync(space);
                times[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        }));
        var elapsed = Stopwatch.GetElapsedTime(start);
        Array.Sort(times);
        return new Result(
            count,
            atOnce,
            times,
            count / elapsed.TotalSeconds,
            (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds,
            GC.GetTotalAllocatedBytes() - allocated);
    }

    private static async Task NegotiateAsync(BenchSpace space)
    {
        var begun = await BenchSpace.PostAsync<NegotiationView>(
            space.AtConsumer, ManagementRoutes.Negotiations, new NegotiationStart { Provider = BenchSpace.Provider, DatasetId = Product, OfferId = $"offer:{Product}:1" });
        var ended = await BenchSpace.WaitAsync<NegotiationView>(space.AtConsumer, ManagementRoutes.For(ManagementRoutes.NegotiationById, begun.Id));
        if (ended.State != "FINALIZED")
        {
            throw new InvalidOperationException($"A negotiation ended as {ended.State}: {string.Join("; ", ended.Reasons)}");
        }
    }

    private static void Print(Result result) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {result.Count} | {result.AtOnce} | {At(result, 0.5):F1} | {At(result, 0.99):F1} | {result.Times[^1]:F1} | {result.PerSecond:F0} | {result.Cpu:F1} | {result.Cpu * 1000 / result.Count:F2} | {result.Allocated / 1024.0 / result.Count:F0} |"));

    private static double At(Result result, double part) => result.Times[(int)Math.Ceiling((result.Count * part) - 1)];

    private sealed record Result(int Count, int AtOnce, double[] Times, double PerSecond, double Cpu, long Allocated);
}
