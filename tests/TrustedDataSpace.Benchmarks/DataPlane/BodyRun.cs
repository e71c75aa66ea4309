using System.Diagnostics;
using System.Globalization;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>One large answer, and very many that only stay open.</summary>
internal static class BodyRun
{
    private const long Gibibyte = 1L << 30;
    /// <summary>Streams of one agreement that end with it.</summary>
    public const int Streams = 1_000;

    /// <summary>Prints how fast a GiB passes, and what it leaves in memory.</summary>
    public static async Task LargeAsync(ChildProcess yarp, ChildProcess gate, Flow flow)
    {
        await PassAsync(yarp, flow, Gibibyte / 8);
        await PassAsync(gate, flow, Gibibyte / 8);
        var (bare, gated) = (new List<double>(), new List<double>());
        var before = gate.Resident;
        for (var round = 0; round < 5; round++)
        {
            bare.Add(await PassAsync(yarp, flow, Gibibyte));
            gated.Add(await PassAsync(gate, flow, Gibibyte));
        }

        var ratio = bare.Zip(gated, (one, other) => one / other).Order().ElementAt(2);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"1 GiB: bare {bare.Min():F2} s, gate {gated.Min():F2} s at the least, ratio {ratio:F2} (median of 5); resident memory of the gate {(gate.Resident - before) / (1 << 20):+0;-0} MiB"));
    }

    /// <summary>Opens streams, ends their agreement, and prints how long the last one went on.</summary>
    public static async Task StreamsAsync(BenchSpace space, ChildProcess gate, Flow flow, int streams)
    {
        var generator = new LoadGenerator(gate.Port);
        var before = gate.Resident;
        var sockets = new List<System.Net.Sockets.Socket>();
        for (var i = 0; i < streams; i++)
        {
            var socket = await generator.ConnectAsync();
            sockets.Add(socket);
            await socket.SendAsync(flow.Request($"{flow.Prefix}/idle/{i}"));
        }

        var buffer = new byte[16 * 1024];
        foreach (var socket in sockets)
        {
            for (var have = 0; buffer.AsSpan(0, have).IndexOf(": open"u8) < 0;)
            {
                have += await socket.ReceiveAsync(buffer.AsMemory(have));
            }
        }

        var resident = gate.Resident - before;
        var ended = Task.WhenAll(sockets.Select(EndAsync));
        var start = Stopwatch.GetTimestamp();
        await BenchSpace.PostAsync<object>(space.AtProvider, Protocol.Management.ManagementRoutes.For(Protocol.Management.ManagementRoutes.AgreementTermination, flow.Agreement), new Protocol.Management.Termination { Reason = "over" });
        var answered = Stopwatch.GetElapsedTime(start);
        await ended;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{streams} open streams: {resident / (1 << 20)} MiB in all, {resident / streams / 1024} KiB each; their agreement ended: told after {answered.TotalMilliseconds:F0} ms, the last stream over after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms"));
        sockets.ForEach(socket => socket.Dispose());
    }

    private static async Task EndAsync(System.Net.Sockets.Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            // The end of the chunks, or of the connection.
            while (await socket.ReceiveAsync(buffer) is > 0 and var count && !buffer.AsSpan(0, count).EndsWith("0\r\n\r\n"u8))
            {
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Broken off: that is an end, too.
        }
    }

    private static async Task<double> PassAsync(ChildProcess proxy, Flow flow, long bytes)
    {
        using var socket = await new LoadGenerator(proxy.Port).ConnectAsync();
        var request = flow.Request(string.Create(CultureInfo.InvariantCulture, $"{flow.Prefix}/bytes/{bytes}"));
        var start = Stopwatch.GetTimestamp();
        var answer = await LoadGenerator.ExchangeAsync(socket, request, new byte[256 * 1024]);
        var elapsed = Stopwatch.GetElapsedTime(start);
        await flow.CountAsync([answer]);
        return answer.Bytes == bytes ? elapsed.TotalSeconds : throw new InvalidOperationException($"{answer.Bytes} bytes came, not {bytes}.");
    }
}
