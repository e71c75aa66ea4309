using System.Diagnostics;
using System.Globalization;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>
/// What a contract asks of every request, each part alone and again and again: a gate that proves, counts and limits each request so adds
/// no less than about their sum. Not in it: the decision, the forwarding, headers and steps between, and what one part costs another.
/// </summary>
internal static class PartsRun
{
    private const int LeavesOfMinute = 200_000;
    private const int Leases = 1_000;

    // A lease has 64 uses, and the next one is asked for when an eighth of it is left.
    private const int UsesOfLease = 56;
    private const int LeaseBytes = 512;
    private const int LeaseFileBytes = 256 * 1024;

    public static async Task RunAsync()
    {
        var proof = await ProofRun.RunAsync();
        var uses = await MeteringRun.StepsAsync(MeteringRun.UsualUses);
        Leaves(LeavesOfMinute / 10);
        var leaves = Leaves(LeavesOfMinute);
        var leases = Lease();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"parts alone, µs of processor time a request: token and proof {proof:F2}, number, journal and tables {uses:F2}, its leaf in the sum of the minute {leaves:F2}, its part of a lease {leases:F2}; together {proof + uses + leaves + leases:F2}"));
    }

    private static double Leaves(int count)
    {
        var sum = new UsageSum();
        var start = Stopwatch.GetTimestamp();
        for (var i = 1; i <= count; i++)
        {
            sum.Add(new UsageLeaf { Flow = "0197a2b4-5d1e-7c3a-9f00-1234567890ab", Interval = 29_900_000, Sequence = i, Purpose = "inference", Outcome = UsageOutcomes.Ok, Bytes = 1024 });
        }

        return sum.Leaves == count ? Stopwatch.GetElapsedTime(start).TotalMicroseconds / count : throw new InvalidOperationException("A leaf is missing.");
    }

    // As the file of leases is written, by this process's own processor time: that of the kernel's threads is not in it.
    private static double Lease()
    {
        using var folder = new TempFolder();
        using var file = new MappedFile(folder["leases"], LeaseFileBytes);
        file.Write(0, new byte[LeaseFileBytes]);
        file.Flush();
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var block = new byte[LeaseBytes];
        for (var i = 0; i < Leases; i++)
        {
            block[0] = (byte)i;
            file.Write(i % 2 * LeaseBytes, block);
            file.Flush();
        }

        process.Refresh();
        return (process.TotalProcessorTime - before).TotalMicroseconds / Leases / UsesOfLease;
    }
}
