using System.Diagnostics;
using System.Globalization;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>This program once more, in the role of a proxy or a source: what it costs is then its own.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const string Ready = "ready ";

    private readonly Process process;

    private ChildProcess(Process process, int port, TimeSpan start) => (this.process, Port, StartTime) = (process, port, start);

    /// <summary>From the order to start it until it was ready.</summary>
    public TimeSpan StartTime { get; }

    /// <summary>Where it listens on the loopback address.</summary>
    public int Port { get; }

    /// <summary>Processor time it has used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory, bytes.</summary>
    public long Resident
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>Starts the role; returns when it says that it is ready.</summary>
    public static Task<ChildProcess> StartAsync(string role, params string[] arguments) => StartAsync(Environment.ProcessPath!, role, arguments);

    /// <summary>The same of another build of this program.</summary>
    public static async Task<ChildProcess> StartAsync(string program, string role, string[] arguments)
    {
        var start = new ProcessStartInfo(program, ["role", role, .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        var ordered = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Ready, StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new ChildProcess(process, int.Parse(line[Ready.Length..], CultureInfo.InvariantCulture), Stopwatch.GetElapsedTime(ordered));
            }
        }

        throw new InvalidOperationException($"The {role} ended without being ready.");
    }

    /// <summary>In the child: says that it is ready, and lives as long as its parent.</summary>
    public static async Task ServeAsync(string url)
    {
        Console.WriteLine(Ready + new Uri(url).Port.ToString(CultureInfo.InvariantCulture));
        await Console.In.ReadToEndAsync();
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
