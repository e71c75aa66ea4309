using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>Sends ready-made requests over raw sockets and reads the answers, with as little work of its own as it can.</summary>
internal sealed class LoadGenerator(int port)
{
    private static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    /// <summary>Sends all requests over so many connections, each as soon as the answer before it is there.</summary>
    public async Task<LoadResult> RunAsync(IReadOnlyList<byte[]> requests, int connections)
    {
        var next = -1;
        var (times, answers) = (new long[requests.Count], new Answer[requests.Count]);
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var socket = await ConnectAsync();
            var buffer = new byte[64 * 1024];
            int i;
            while ((i = Interlocked.Increment(ref next)) < requests.Count)
            {
                var begun = Stopwatch.GetTimestamp();
                answers[i] = await ExchangeAsync(socket, requests[i], buffer);
                times[i] = Stopwatch.GetTimestamp() - begun;
            }
        })));
        return new LoadResult(Stopwatch.GetElapsedTime(start), times, answers);
    }

    /// <summary>
    /// Sends so many a second; a time counts from when the request was due, so that a stall is not hidden by waiting for it. Between two
    /// moments it sleeps: to look at the clock all the time would take the processors from those that are measured.
    /// </summary>
    public async Task<LoadResult> RunAtAsync(IReadOnlyList<byte[]> requests, int connections, int perSecond)
    {
        // What this process has thrown away so far must not be collected while it measures.
        GC.Collect();
        var next = -1;
        var (times, answers) = (new long[requests.Count], new Answer[requests.Count]);
        var step = Stopwatch.Frequency / (double)perSecond;
        var start = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 20);
        using var due = new SemaphoreSlim(0);
        var pacing = Task.Factory.StartNew(() => Pace(due, requests.Count, connections, start, step), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var socket = await ConnectAsync();
            var buffer = new byte[64 * 1024];
            int i;
            while (true)
            {
                await due.WaitAsync();
                if ((i = Interlocked.Increment(ref next)) >= requests.Count)
                {
                    return;
                }

                answers[i] = await ExchangeAsync(socket, requests[i], buffer);
                times[i] = Stopwatch.GetTimestamp() - (start + (long)(i * step));
            }
        })));
        await pacing;
        return new LoadResult(Stopwatch.GetElapsedTime(start), times, answers);
    }

    // One for each request when it is due, and at last one for each connection, so that it ends.
    private static void Pace(SemaphoreSlim due, int count, int connections, long start, double step)
    {
        for (var released = 0; released < count;)
        {
            var ready = (int)Math.Min(count, Math.Max(0, ((Stopwatch.GetTimestamp() - start) / step) + 1));
            if (ready > released)
            {
                due.Release(ready - released);
                released = ready;
            }

            Sleep();
        }

        due.Release(connections);
    }

    // A tenth of a millisecond, where the platform can; the runtime's own shortest sleep is ten times as long.
    private static void Sleep()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SleepMicroseconds(100);
        }
        else
        {
            Task.Delay(1).Wait();
        }
    }

    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int SleepMicroseconds(uint microseconds);

    /// <summary>Connects.</summary>
    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    /// <summary>Sends one request and reads its whole answer.</summary>
    public static async ValueTask<Answer> ExchangeAsync(Socket socket, byte[] request, byte[] buffer)
    {
        for (var sent = 0; sent < request.Length;)
        {
            sent += await socket.SendAsync(request.AsMemory(sent), SocketFlags.None);
        }

        var have = 0;
        int head;
        while ((head = buffer.AsSpan(0, have).IndexOf(HeadEnd)) < 0)
        {
            have += await ReceiveAsync(socket, buffer.AsMemory(have));
        }

        var (length, chunked) = Check(buffer.AsSpan(0, head));
        var (interval, sequence) = NumberIn(buffer.AsSpan(0, head));
        var body = have - head - HeadEnd.Length;
        if (!chunked)
        {
            for (; body < length; body += await ReceiveAsync(socket, buffer))
            {
            }

            return new Answer(body, interval, sequence);
        }

        while (!EndsChunks(buffer.AsSpan(0, have)))
        {
            if (have > buffer.Length / 2)
            {
                // The end of what came is enough to see the end by.
                buffer.AsSpan(have - 16, 16).CopyTo(buffer);
                have = 16;
            }

            var more = await ReceiveAsync(socket, buffer.AsMemory(have));
            (have, body) = (have + more, body + more);
        }

        return new Answer(body, interval, sequence);
    }

    private static async ValueTask<int> ReceiveAsync(Socket socket, Memory<byte> buffer) =>
        await socket.ReceiveAsync(buffer, SocketFlags.None) is > 0 and var count ? count : throw new InvalidOperationException("The connection was closed in the middle of an answer.");

    // The provider's number of the use; of bare YARP there is none.
    private static (long Interval, long Sequence) NumberIn(ReadOnlySpan<byte> head)
    {
        if (head.IndexOf("Tds-Usage: "u8) is not (>= 0 and var at))
        {
            return default;
        }

        var rest = head[(at + 11)..];
        _ = Utf8Parser.TryParse(rest, out long interval, out var digits);
        _ = Utf8Parser.TryParse(rest[(digits + 1)..], out long sequence, out _);
        return (interval, sequence);
    }

    private static bool EndsChunks(ReadOnlySpan<byte> text) => text.EndsWith("0\r\n\r\n"u8);

    private static (long Length, bool Chunked) Check(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 200 "u8))
        {
            throw new InvalidOperationException($"Not an answer to count: {Encoding.ASCII.GetString(head)}");
        }

        var at = head.IndexOf("Content-Length: "u8);
        if (at < 0)
        {
            return (0, true);
        }

        var rest = head[(at + 16)..];
        var end = rest.IndexOf((byte)'\r');
        return (long.Parse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture), false);
    }
}

/// <summary>What came back: bytes of the body (of one in chunks with what frames them), and the provider's number of the use; 0 where there is none.</summary>
internal readonly record struct Answer(long Bytes, long Interval, long Sequence);

/// <summary>What a run of requests took.</summary>
internal sealed class LoadResult(TimeSpan elapsed, long[] ticks, IReadOnlyList<Answer> answers)
{
    public double PerSecond => ticks.Length / elapsed.TotalSeconds;

    /// <summary>What came back.</summary>
    public IReadOnlyList<Answer> Answers => answers;

    public double Milliseconds(double part)
    {
        var sorted = ticks.Order().ToArray();
        return sorted[(int)Math.Ceiling((sorted.Length * part) - 1)] * 1000.0 / Stopwatch.Frequency;
    }
}
