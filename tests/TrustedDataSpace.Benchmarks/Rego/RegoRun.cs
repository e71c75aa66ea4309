using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Benchmarks.Rego;

/// <summary>What a table of single calls does not show: growth with data and rules, two threads, loading. Medians of seven.</summary>
internal static class RegoRun
{
    private const int Rounds = 7;

    public static void Run()
    {
        Measure("abac.rego, 200 agreements", RegoCase.Abac());
        Measure("abac.rego, 100,000 agreements", RegoCase.Abac(100_000));
        Measure("tiny.rego", RegoCase.Tiny());
        Measure("power grid", RegoCase.PowerGrid());
        Measure("10 definitions", RegoCase.Rules(10));
        Measure("1,000 definitions", RegoCase.Rules(1000));
        TwoThreads(RegoCase.Abac());
        Load();
    }

    private static void Measure(string name, RegoCase @case)
    {
        var output = new ArrayBufferWriter<byte>();
        var (text, textBytes) = Time(20_000, i => @case.FromText(i, output));
        var (value, valueBytes) = Time(20_000, i => @case.FromValue(i));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-30} JSON to JSON {text,7:0.00} us {textBytes,6:0} B   on values {value,7:0.00} us {valueBytes,6:0} B"));
    }

    /// <summary>Microseconds and bytes per call.</summary>
    private static (double Time, double Bytes) Time(int calls, Action<int> call)
    {
        // Until the code is compiled as it stays.
        for (var i = 0; i < calls * 2; i++)
        {
            call(i);
        }

        var times = new List<double>();
        var bytes = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++)
            {
                call(i);
            }

            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)calls;
        }

        return (Median(times), bytes);
    }

    private static void TwoThreads(RegoCase @case)
    {
        double PerSecond(int threads)
        {
            const int calls = 100_000;
            var start = Stopwatch.GetTimestamp();
            var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
            {
                for (var i = 0; i < calls; i++)
                {
                    @case.FromValue(i);
                }
            })).ToList();
            workers.ForEach(worker => worker.Start());
            workers.ForEach(worker => worker.Join());
            return threads * calls / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        PerSecond(2);
        var (one, two) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            one.Add(PerSecond(1));
            two.Add(PerSecond(2));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"abac.rego on values, per second: one thread {Median(one):0}, two threads {Median(two):0}, ratio {Median(two) / Median(one):0.00}"));
    }

    private static void Load()
    {
        List<RegoSource> modules = [.. Enumerable.Range(0, 1000).Select(i => new RegoSource($"m{i}.rego", string.Create(CultureInfo.InvariantCulture,
            $$"""
            package modules.m{{i}}

            default allow := false

            allow if {
            	input.action in {"use", "read"}
            	some role in input.subject.roles
            	role == grants[input.asset][_]
            	not denied("{{i}}")
            }

            grants[asset] := roles if some asset, roles in data.grants

            denied(name) if input.denied[name] == true
            """)))];
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            RegoCompiler.Compile(modules);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"loading 1,000 modules: first {times[0]:0} ms, median {Median(times):0} ms"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
