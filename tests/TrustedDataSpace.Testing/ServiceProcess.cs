using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Testing;

/// <summary>One of the programs as a real process, started as an operator would.</summary>
public sealed partial class ServiceProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServiceProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Note(output, line.Data);
        process.ErrorDataReceived += (_, line) => Note(errors, line.Data);
    }

    /// <summary>Where it listens, once it does.</summary>
    public Uri Url => listening.Task.Result;

    /// <summary>All of standard output so far.</summary>
    public string Output => Text(output);

    /// <summary>All of standard error so far.</summary>
    public string Errors => Text(errors);

    public int Id => process.Id;

    /// <summary>Starts a program and waits until it listens.</summary>
    /// <param name="program">Name of its assembly.</param>
    /// <param name="arguments">Command line.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    public static async Task<ServiceProcess> StartAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var service = Begin(program, arguments, environment);
        try
        {
            await Task.WhenAny(service.listening.Task, service.process.WaitForExitAsync()).Within($"{program} to listen");
            return service.listening.Task.IsCompleted ? service : throw new InvalidOperationException($"{program} did not start: {service.Errors}{service.Output}");
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a program that ends by itself.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var service = Begin(program, arguments, environment);
        var code = await service.ExitAsync();
        return (code, service.Output, service.Errors);
    }

    /// <summary>Loses it as a crash or a power cut would.</summary>
    public Task<int> KillAsync() => SignalAsync("KILL");

    /// <summary>Asks it to stop.</summary>
    public Task<int> TerminateAsync() => SignalAsync("TERM");

    /// <summary>Sends a signal and does not wait.</summary>
    public async Task SendAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().Within("kill");
    }

    /// <summary>Waits for the end; returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync().Within("the process to end");
        return process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().Within("the process to end");
        }

        process.Dispose();
    }

    private static ServiceProcess Begin(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        // A file that outgrows its limit is an error to be answered, as on a full disk, not a signal that kills.
        var start = new ProcessStartInfo("sh", ["-c", "trap '' XFSZ; exec dotnet \"$@\"", "sh", Path.Combine(AppContext.BaseDirectory, program + ".dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // A process that lives for seconds is not worth what the runtime spends on one that lives for days.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var service = new ServiceProcess(start);
        service.process.Start();
        service.process.BeginOutputReadLine();
        service.process.BeginErrorReadLine();
        return service;
    }

    private async Task<int> SignalAsync(string signal)
    {
        await SendAsync(signal);
        return await ExitAsync();
    }

    private void Note(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (text)
        {
            text.AppendLine(line);
        }

        if (ListeningLine().Match(line) is { Success: true } match)
        {
            listening.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    [GeneratedRegex(@"^listening on (\S+)$")]
    private static partial Regex ListeningLine();
}
