using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>Passes bytes between two connectors, and loses the answer to a data request when it is told to: the connection ends in its place.</summary>
internal sealed class LossyLink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task accepting;
    private Held? held;
    private int toLose;
    private int requests;

    /// <param name="port">Where the connector behind it listens.</param>
    public LossyLink(int port)
    {
        listener.Start();
        accepting = AcceptAsync(port);
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Data requests that have passed.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>The next answer to one is lost.</summary>
    public void LoseNext() => Interlocked.Exchange(ref toLose, 1);

    /// <summary>The next data request waits here.</summary>
    public Held Hold() => held = new Held();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync(int port)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token), port));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient from, int port)
    {
        using var client = from;
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, port);
        var carriesData = 0;
        Held? waiting = null;
        var there = PassAsync(client, server, async bytes =>
        {
            if (Encoding.Latin1.GetString(bytes).Contains(" /data/", StringComparison.Ordinal))
            {
                Volatile.Write(ref carriesData, 1);
                Interlocked.Increment(ref requests);
                if (Interlocked.Exchange(ref held, null) is { } next)
                {
                    waiting = next;
                    next.HasCome.SetResult();
                    await next.MayGo.Task.WaitAsync(stop.Token);
                }
            }

            return true;
        });
        await PassAsync(server, client, _ => ValueTask.FromResult(Volatile.Read(ref carriesData) == 0 || Interlocked.Exchange(ref toLose, 0) == 0));
        waiting?.HasEnded.SetResult();
        client.Close();
        await there;
    }

    // Until one of the two ends it, or nothing more is to pass.
    private async Task PassAsync(TcpClient from, TcpClient to, Func<byte[], ValueTask<bool>> mayPass)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (await from.GetStream().ReadAsync(buffer, stop.Token) is > 0 and var read && await mayPass(buffer[..read]))
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), stop.Token);
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // One of the two is gone, or the test is over.
        }
    }

    /// <summary>A request that waits between the two.</summary>
    internal sealed class Held
    {
        /// <summary>It is here.</summary>
        public TaskCompletionSource HasCome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>It may go on.</summary>
        public TaskCompletionSource MayGo { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The connector behind has ended its connection.</summary>
        public TaskCompletionSource HasEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
