using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Connector.Tests.Webhooks;

/// <summary>Whoever is called by a web-hook. It checks signatures by the words of the specification, not by the code that makes them.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<Delivery> deliveries = Channel.CreateUnbounded<Delivery>();

    private Receiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/{**path}", ReceiveAsync);
    }

    public string Url => app.Urls.First() + "/events";

    /// <summary>What a delivery is answered; it is noted in any case.</summary>
    public Func<Delivery, HttpContext, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public static async Task<Receiver> StartAsync()
    {
        var receiver = new Receiver();
        await receiver.app.StartAsync();
        return receiver;
    }

    public async Task<Delivery> NextAsync() => await deliveries.Reader.ReadAsync().AsTask().Within("a delivery");

    /// <summary>What has come and was not read.</summary>
    public int Left => deliveries.Reader.Count;

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers;
        var delivery = new Delivery(headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString(), body.ToArray(), context.Request.Path);
        deliveries.Writer.TryWrite(delivery);
        await Answer(delivery, context);
    }

    public sealed record Delivery(string Id, string Timestamp, string Signature, byte[] Body, string Path)
    {
        public EventView Event => ProtocolJson.Read<EventView>(Body);

        public int Signatures => Signature.Split(' ').Length;

        /// <summary>Standard Webhooks: HMAC-SHA256 over <c>id.timestamp.body</c>, under the bytes behind <c>whsec_</c>.</summary>
        public bool IsSignedWith(string secret)
        {
            var key = Convert.FromBase64String(secret["whsec_".Length..]);
            var expected = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Encoding.UTF8.GetString(Body)}"));
            return Signature.Split(' ').Any(one => one.StartsWith("v1,", StringComparison.Ordinal) && CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(one[3..]), expected));
        }
    }
}
