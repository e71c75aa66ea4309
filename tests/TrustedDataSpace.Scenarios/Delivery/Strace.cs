using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Scenarios.Delivery;

/// <summary>Watches the system calls of a running process. Needs <c>strace</c> and the right to trace.</summary>
internal sealed partial class Strace : IAsyncDisposable
{
    private readonly Process process;
    private readonly string file;
    private readonly StringBuilder said = new();
    private readonly TaskCompletionSource attached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Strace(int target, string file)
    {
        this.file = file;
        process = new Process
        {
            StartInfo = new ProcessStartInfo(
                "strace",
                [
                    "-f", "-y", "-s", "200", "-e", "trace=fsync,fdatasync,read,recvfrom,recvmsg,write,writev,sendto,sendmsg",
                    "-o", file, "-p", target.ToString(CultureInfo.InvariantCulture),
                ])
            {
                RedirectStandardError = true,
            },
        };
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
    }

    /// <summary>Begins to watch. Null, with the reason, when this machine does not allow it.</summary>
    public static async Task<(Strace? Watch, string Why)> AttachAsync(int target, string file)
    {
        var strace = new Strace(target, file);
        try
        {
            strace.process.Start();
        }
        catch (Win32Exception failure)
        {
            return (null, $"strace cannot be started: {failure.Message}");
        }

        strace.process.BeginErrorReadLine();
        await Task.WhenAny(strace.attached.Task, strace.process.WaitForExitAsync()).Within("strace to attach");
        if (strace.attached.Task.IsCompleted)
        {
            return (strace, "");
        }

        await strace.DisposeAsync();
        return (null, $"strace may not trace here: {strace.said}");
    }

    /// <summary>Ends the watch; what was seen, in order.</summary>
    public async Task<IReadOnlyList<SystemCall>> DetachAsync()
    {
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().Within("kill");
        await process.WaitForExitAsync().Within("strace to end");
        return Read(await File.ReadAllLinesAsync(file));
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync().Within("strace to end");
        }

        process.Dispose();
    }

    // A call that others interrupt stands in two lines: what it was asked in the first, what came of it in the second.
    internal static IReadOnlyList<SystemCall> Read(IReadOnlyList<string> lines)
    {
        var calls = new List<SystemCall>();
        var open = new Dictionary<string, (int Began, string Text)>();
        for (var i = 0; i < lines.Count; i++)
        {
            if (Line().Match(lines[i]) is not { Success: true } line)
            {
                continue;
            }

            var (thread, text) = (line.Groups[1].Value, line.Groups[2].Value);
            if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                open[thread] = (i, text[..^"<unfinished ...>".Length]);
            }
            else if (Resumed().Match(text) is { Success: true } resumed && open.Remove(thread, out var begun))
            {
                calls.Add(SystemCall.Of(begun.Began, i, begun.Text + resumed.Groups[1].Value));
            }
            else
            {
                calls.Add(SystemCall.Of(i, i, text));
            }
        }

        return calls;
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (said)
        {
            said.AppendLine(line);
        }

        if (line.Contains(" attached", StringComparison.Ordinal))
        {
            attached.TrySetResult();
        }
    }

    [GeneratedRegex(@"^(\d+)\s+(.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>(.*)$")]
    private static partial Regex Resumed();
}

/// <summary>A system call.</summary>
/// <param name="Began">Line at which it began.</param>
/// <param name="Ended">Line at which it had ended.</param>
/// <param name="Name">Which call.</param>
/// <param name="On">Number and name of the file or socket.</param>
/// <param name="Text">Arguments and result.</param>
internal sealed partial record SystemCall(int Began, int Ended, string Name, string On, string Text)
{
    public bool IsFlush => Name is "fsync" or "fdatasync" && Text.TrimEnd().EndsWith("= 0", StringComparison.Ordinal);

    public static SystemCall Of(int began, int ended, string text)
    {
        var call = Call().Match(text);
        return new(began, ended, call.Groups[1].Value, call.Groups[2].Value, text);
    }

    [GeneratedRegex(@"^(\w+)\((\d+<[^>]*>)")]
    private static partial Regex Call();
}
