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
    private readonly TaskCompletionSource<IReadOnlyList<Uri>> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly int services;

    private ServiceProcess(ProcessStartInfo start, int services)
    {
        this.services = services;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Note(output, line.Data);
        process.ErrorDataReceived += (_, line) => Note(errors, line.Data);
    }

    /// <summary>Where it listens, once it does; where its first service does, if it hosts several.</summary>
    public Uri Url => Urls[0];

    /// <summary>Where each of its services listens, once all do.</summary>
    public IReadOnlyList<Uri> Urls => listening.Task.Result;

    /// <summary>All of standard output so far.</summary>
    public string Output => Text(output);

    /// <summary>All of standard error so far.</summary>
    public string Errors => Text(errors);

    public int Id => process.Id;

    /// <summary>Starts a program and waits until it listens.</summary>
    /// <param name="program">Name of its assembly.</param>
    /// <param name="arguments">Command line.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    /// <param name="services">How many it hosts.</param>
    public static async Task<ServiceProcess> StartAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, int services = 1)
    {
        var service = Begin(program, arguments, environment, services);
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

    private static ServiceProcess Begin(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, int services = 1)
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

        // Nor worth compiling again what it has just compiled (4 s in hexadecimal milliseconds), nor mapping each page of code twice.
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "FA0";
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var service = new ServiceProcess(start, services);
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

        if (ListeningLine().IsMatch(line) && ListeningLine().Matches(Text(text)) is var found && found.Count == services)
        {
            listening.TrySetResult([.. found.Select(match => new Uri(match.Groups[1].Value))]);
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    [GeneratedRegex(@"^listening on (\S+)\r?$", RegexOptions.Multiline)]
    private static partial Regex ListeningLine();
}
