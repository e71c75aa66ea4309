using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>
/// What metering adds to a request (budget: 3 %). No gate works without, so it is told in two ways: two contracts at one gate, whose answers
/// are the same CSV, of which one also counts its rows; and the steps that every use goes through (number, journal, counts, tables) alone.
/// </summary>
internal static class MeteringRun
{
    /// <summary>Uses that go through the steps alone.</summary>
    public const int UsualUses = 1_000_000;

    private const int AnswerBytes = 1024;

    // Of 64 lines the first is the head.
    private const int RowsEach = 63;
    private const int AtOnce = 32;

    /// <param name="sizes">Rounds at the gate, and uses that go through the steps alone.</param>
    public static async Task RunAsync((int Rounds, int Uses) sizes)
    {
        using var source = await ChildProcess.StartAsync("source");
        double gate;
        await using (var space = await BenchSpace.StartAsync(providerApart: true))
        {
            var requests = await Flow.StartAsync(space, "by-requests", source.Url, items: "rows");
            var rows = await Flow.StartAsync(space, "by-rows", source.Url, ",\"tds:meter\":{\"unit\":\"row\",\"format\":\"text/csv\"}", "rows", RowsEach);
            Console.WriteLine("| | requests/s | CPU of the gate, µs/request | p50 ms | p99 ms |");
            Console.WriteLine("|---|---|---|---|---|");
            var warmUp = sizes.Rounds >= DataPlaneRun.Rounds ? 200_000 : 40_000;
            (_, gate, var added) = await DataPlaneRun.CompareAsync("rows counted", (space.ProviderProcess, requests, "requests counted"), (space.ProviderProcess, rows), sizes.Rounds, warmUp);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rows counted: {100 * added / gate:F1} % of a request's processor time more"));
        }

        var each = await StepsAsync(sizes.Uses);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{100 * each / (gate - each):F1} % on top of the rest of a request"));
        Rows();
    }

    /// <summary>
    /// The provider's connector in this process, and nothing asked of it but to number, note and count uses: the journal, the writer of the
    /// tables and the collection of garbage are all in the time.
    /// </summary>
    /// <returns>Processor time of a use, µs.</returns>
    public static async Task<double> StepsAsync(int uses)
    {
        await using var space = await BenchSpace.StartAsync();
        var services = space.ProviderService.Services;
        var flow = services.GetRequiredService<ProviderFlows>().Find((await Flow.StartAsync(space, "steps", "http://127.0.0.1:9/")).Prefix.Split('/')[^1])
            ?? throw new InvalidOperationException("The transfer is not open.");
        var meter = services.GetRequiredService<UsageMeter>();

        // The runtime goes on compiling for many seconds: after a tenth of this a use takes three times as long.
        await UseAsync(meter, flow, 2 * uses);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        await UseAsync(meter, flow, uses);
        process.Refresh();
        var each = (process.TotalProcessorTime - before).TotalMicroseconds / uses;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"number, journal, counts and tables alone: {each:F2} µs of processor time a use"));
        await PartsAsync(meter, flow);
        return each;
    }

    // The same by one worker, in bursts that are over before the tables follow: what the request waits for, and what comes behind it.
    private static async Task PartsAsync(UsageMeter meter, ProviderFlow flow)
    {
        const int Bursts = 40;
        const int Uses = 5_000;
        var (noting, following) = (TimeSpan.Zero, TimeSpan.Zero);
        var allocated = GC.GetTotalAllocatedBytes();
        using var process = Process.GetCurrentProcess();
        for (var burst = 0; burst < Bursts; burst++)
        {
            process.Refresh();
            var before = process.TotalProcessorTime;
            for (var i = 0; i < Uses; i++)
            {
                var claim = new UsageClaim("inference", null, "") { Request = string.Create(CultureInfo.InvariantCulture, $"burst-{burst:D4}-{i:D13}") };
                var ticket = await meter.ReserveAsync(flow, claim, []);
                await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 0, AnswerBytes));
            }

            process.Refresh();
            var noted = process.TotalProcessorTime;
            await meter.BringUpToDateAsync();
            process.Refresh();
            (noting, following) = (noting + (noted - before), following + (process.TotalProcessorTime - noted));
        }

        var all = Bursts * Uses;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"one worker: number and journal {noting.TotalMicroseconds / all:F2} µs a use, tables {following.TotalMicroseconds / all:F2} µs, {(GC.GetTotalAllocatedBytes() - allocated) / all} bytes allocated"));
    }

    private static async Task UseAsync(UsageMeter meter, ProviderFlow flow, int uses)
    {
        await Parallel.ForAsync(0, AtOnce, async (worker, _) =>
        {
            for (var i = worker; i < uses; i += AtOnce)
            {
                var claim = new UsageClaim("inference", null, "") { Request = string.Create(CultureInfo.InvariantCulture, $"request-{i:D18}") };
                var ticket = await meter.ReserveAsync(flow, claim, []);
                await meter.SettleAsync(ticket, new Delivered(UsageOutcomes.Ok, 0, AnswerBytes));
            }
        });
        await meter.BringUpToDateAsync();
    }

    private static void Rows()
    {
        const int Answers = 200_000;
        var answer = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("0000001,0000003\n", 64)));
        var rule = new MeterRule { Unit = MeterRule.Row, Format = "text/csv" };
        var total = Count(answer, rule, Answers / 10);
        var start = Stopwatch.GetTimestamp();
        total += Count(answer, rule, Answers);
        var each = Stopwatch.GetElapsedTime(start).TotalMicroseconds / Answers;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"counting the rows of 1 KiB: {each:F2} µs ({answer.Length / each:F0} MB/s; {total:N0} rows)"));
    }

    private static long Count(byte[] answer, MeterRule rule, int answers)
    {
        var rows = 0L;
        for (var i = 0; i < answers; i++)
        {
            var counter = new RowCounter(rule);
            counter.Add(answer);
            rows += counter.Rows;
        }

        return rows;
    }
}
