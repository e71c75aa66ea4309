using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Testing.Dcp;

/// <summary>
/// Plays the part of the public DCP kit: issuer, holder, verifier and a third party on one loopback port, whose DID documents are at
/// <c>/issuer/did.json</c> and so on. What it is sent is held against the schemas of the specification and verified as DCP asks.
/// </summary>
public sealed class DcpCounterpart : IAsyncDisposable
{
    private static readonly DcpSpec Spec = new();

    private readonly WebApplication app;
    private readonly HttpClient http = new();
    private readonly TimeProvider clock;

    private int documentsRead;

    private DcpCounterpart(int port, TimeProvider clock)
    {
        this.clock = clock;
        Url = $"http://127.0.0.1:{port}";
        Issuer = Role("issuer");
        Holder = Role("holder");
        Verifier = Role("verifier");
        ThirdParty = Role("thirdparty");
        NoCapability = Role("nocapability");
        NoCapability.Uses = [VerificationRelationship.Authentication, VerificationRelationship.AssertionMethod];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url);
        app = builder.Build();
        app.MapGet("/{role}/did.json", (string role) => Interlocked.Increment(ref documentsRead) > 0 && Roles.FirstOrDefault(known => known.Did.Value.EndsWith(":" + role, StringComparison.Ordinal)) is { } found
            ? found.IsAway ? Results.StatusCode(503) : Results.Bytes(found.Document, "application/did+json")
            : Results.NotFound());
        app.MapPost(DcpRoutes.PresentationQuery, AnswerQueryAsync);
        app.MapPost(DcpRoutes.Credentials, TakeRequestAsync);
        app.MapGet(DcpRoutes.Metadata, () => Results.Bytes(DcpJson.Write(Metadata), "application/json"));
        app.MapGet("/documents/{name}", async (string name) =>
        {
            Fetched.AddOrUpdate(name, 1, (_, count) => count + 1);
            await BeforeDocument(name);
            return Documents.TryGetValue(name, out var bytes) ? Results.Bytes(bytes, "application/json") : Results.NotFound();
        });
    }

    public string Url { get; }

    public DcpRole Issuer { get; }

    public DcpRole Holder { get; }

    public DcpRole Verifier { get; }

    public DcpRole ThirdParty { get; }

    /// <summary>Somebody whose key is named for everything but invoking capabilities.</summary>
    public DcpRole NoCapability { get; }

    /// <summary>Where the DID documents of others are.</summary>
    public Dictionary<Did, string> Others { get; } = [];

    /// <summary>What the holder presents; null: it does not let the caller read anything (401).</summary>
    public Func<SelfIssuedIdToken, PresentationQueryMessage, PresentationResponseMessage?> Present { get; set; } = (_, _) => null;

    /// <summary>The queries that came, with their tokens.</summary>
    public ConcurrentQueue<(SelfIssuedIdToken Token, PresentationQueryMessage Query)> Queries { get; } = [];

    /// <summary>The requests for credentials that came, with their tokens.</summary>
    public ConcurrentQueue<(SelfIssuedIdToken Token, CredentialRequestMessage Request)> Requests { get; } = [];

    /// <summary>How requests for credentials are answered.</summary>
    public int RequestStatus { get; set; } = 201;

    /// <summary>What is at <c>/documents/NAME</c>: status lists, schemas.</summary>
    public ConcurrentDictionary<string, byte[]> Documents { get; } = [];

    /// <summary>What happens between the question for one of them and the answer.</summary>
    public Func<string, Task> BeforeDocument { get; set; } = _ => Task.CompletedTask;

    /// <summary>How often each was fetched.</summary>
    public ConcurrentDictionary<string, int> Fetched { get; } = [];

    /// <summary>What was wrong with what came, by the specification.</summary>
    public ConcurrentQueue<string> Faults { get; } = [];

    /// <summary>How often a DID document was fetched.</summary>
    public int DocumentsRead => Volatile.Read(ref documentsRead);

    public IssuerMetadata Metadata { get; set; } = null!;

    private DcpRole[] Roles => [Issuer, Holder, Verifier, ThirdParty, NoCapability];

    /// <param name="clock">Of what it makes. Default: the machine's.</param>
    public static async Task<DcpCounterpart> StartAsync(TimeProvider? clock = null)
    {
        // The DIDs hold the port: it is chosen first. Another may have taken it by then.
        for (var attempt = 1; ; attempt++)
        {
            var counterpart = new DcpCounterpart(FreePort(), clock ?? TimeProvider.System);
            counterpart.Metadata = new IssuerMetadata
            {
                Issuer = counterpart.Issuer.Did.Value,
                CredentialsSupported = [new CredentialObject { Id = "membership", CredentialType = "MembershipCredential", Profile = "vc20-bssl/jwt", BindingMethods = ["did:web"] }],
            };
            try
            {
                await counterpart.app.StartAsync();
                return counterpart;
            }
            catch (IOException) when (attempt < 5)
            {
                await counterpart.DisposeAsync();
            }
        }
    }

    public Uri DocumentUrl(string name) => new($"{Url}/documents/{name}");

    /// <summary>Sends a message as one of its parties would.</summary>
    public async Task<(int Status, byte[] Body)> SendAsync(string url, byte[] message, string? authorization, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(message) };
        request.Content.Headers.ContentType = new(contentType);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync());
    }

    /// <summary>Verifies a token of somebody else, as DCP §4.3.3 asks.</summary>
    public Task<SelfIssuedIdToken> VerifyAsync(string token, DcpRole audience) => SelfIssuedIdToken.VerifyAsync(token, audience.Did, KeyAsync, clock.GetUtcNow());

    /// <summary>A key from somebody's DID document, one of its own parties or another.</summary>
    public async Task<PublicKey> KeyAsync(Did did, string kid, VerificationRelationship use, CancellationToken cancellation)
    {
        var address = Others.TryGetValue(did, out var other) ? other + did.DocumentUri.AbsolutePath : did.DocumentUri.AbsoluteUri.Replace("https://", "http://", StringComparison.Ordinal);
        var document = DidDocument.Read(await http.GetByteArrayAsync(new Uri(address), cancellation), did);
        return (kid.Length == 0 ? document.Sole(use) : document.Find(kid, use)) ?? throw new RefusalException(RefusalCode.Unauthenticated, "No such key.") { Term = "kid" };
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
        foreach (var role in Roles)
        {
            role.Dispose();
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private DcpRole Role(string name) => new(Did.Parse($"did:web:127.0.0.1%3A{new Uri(Url).Port}:{name}"), Url, clock);

    private async Task AnswerQueryAsync(HttpContext context)
    {
        var (token, query) = await ReadAsync<PresentationQueryMessage>(context, Holder);
        if (token is null || query is null)
        {
            context.Response.StatusCode = 401;
            return;
        }

        Queries.Enqueue((token, query));
        if (Present(token, query) is not { } answer)
        {
            context.Response.StatusCode = 401;
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(DcpJson.Write(answer));
    }

    private async Task TakeRequestAsync(HttpContext context)
    {
        var (token, request) = await ReadAsync<CredentialRequestMessage>(context, Issuer);
        context.Response.StatusCode = token is null || request is null ? 401 : RequestStatus;
        if (token is not null && request is not null)
        {
            context.Response.Headers.Location = Url + "/requests/1";
            Requests.Enqueue((token, request));
        }
    }

    private async Task<(SelfIssuedIdToken? Token, T? Message)> ReadAsync<T>(HttpContext context, DcpRole me)
        where T : class, IDcpMessage
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        try
        {
            var document = ProtocolJson.Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
            if (Spec.Fault(document) is { } fault)
            {
                Faults.Enqueue(fault);
            }

            var header = context.Request.Headers.Authorization.ToString();
            return (await VerifyAsync(header["Bearer ".Length..], me), DcpJson.Read<T>(document));
        }
        catch (RefusalException refusal)
        {
            Faults.Enqueue(refusal.Message);
            return (null, null);
        }
    }
}
