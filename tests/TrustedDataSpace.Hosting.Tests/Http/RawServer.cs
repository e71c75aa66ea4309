using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TrustedDataSpace.Hosting.Tests.Http;

/// <summary>Answers every connection with bytes that a test chose, right or wrong.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<NetworkStream, CancellationToken, Task> answer;
    private readonly Task serving;

    public RawServer(Func<NetworkStream, CancellationToken, Task> answer)
    {
        this.answer = answer;
        listener.Start();
        serving = ServeAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/x";

    /// <summary>What the last caller asked for.</summary>
    public string Asked { get; private set; } = "";

    public static RawServer Of(string head, byte[]? body = null) => new(async (stream, cancellation) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head + "Connection: close\r\n\r\n"), cancellation);
        await stream.WriteAsync(body ?? [], cancellation);
    });

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                using var connection = await listener.AcceptTcpClientAsync(stop.Token);
                await using var stream = connection.GetStream();
                var request = new byte[16 * 1024];
                Asked = Encoding.Latin1.GetString(request, 0, await stream.ReadAsync(request, stop.Token));
                await answer(stream, stop.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or IOException or InvalidOperationException)
        {
            // Stopped, or the caller has hung up.
        }
    }
}
