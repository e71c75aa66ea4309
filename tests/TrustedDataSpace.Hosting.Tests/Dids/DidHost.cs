using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Tests.Dids;

/// <summary>Somebody who publishes a DID document over real HTTP on loopback.</summary>
internal sealed class DidHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private int fetched;

    private DidHost()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapGet("/{**path}", context =>
        {
            Interlocked.Increment(ref fetched);
            return Answer(context);
        });
    }

    public Did Did => Did.Parse($"did:web:127.0.0.1%3A{new Uri(app.Urls.First()).Port}");

    public int Fetched => Volatile.Read(ref fetched);

    public RequestDelegate Answer { get; set; } = context => Results.NotFound().ExecuteAsync(context);

    public static async Task<DidHost> StartAsync()
    {
        var host = new DidHost();
        await host.app.StartAsync();
        return host;
    }

    public void Publish(params SigningKey[] keys) => Publish(Did, keys);

    public void Publish(Did did, params SigningKey[] keys) => Serve(ProtocolJson.Write(new DidDocument(
        did, [.. keys.Select(key => new DidKey($"{did}#{key.Kid}", key.Public, [VerificationRelationship.AssertionMethod]))], []).ToJson()));

    public void Serve(byte[] document) => Answer = context => Results.Bytes(document, "application/did+json").ExecuteAsync(context);

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
