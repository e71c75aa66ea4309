using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>A source that answers each request with these very bytes, whether they are HTTP or not.</summary>
internal sealed class RawSource : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly byte[] answer;
    private readonly bool resets;
    private readonly Task accepting;

    /// <param name="answer">Latin-1.</param>
    /// <param name="resets">Whether it breaks the connection off behind that; else it leaves it open.</param>
    public RawSource(string answer, bool resets = false)
    {
        (this.answer, this.resets) = (Encoding.Latin1.GetBytes(answer), resets);
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/base";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            var stream = client.GetStream();
            var read = new byte[16 * 1024];
            while (await stream.ReadAsync(read, stop.Token) > 0)
            {
                // The head of a request is one segment here.
                await stream.WriteAsync(answer, stop.Token);
                if (resets)
                {
                    client.Client.Close(timeout: 0);
                    return;
                }
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // The other side is gone, or the test is over.
        }
    }
}
