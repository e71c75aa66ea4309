using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Dcp;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Issuance;

/// <summary>What a holder was sent.</summary>
/// <param name="Path">Where.</param>
/// <param name="Bearer">The self-issued ID token.</param>
/// <param name="Body">The message.</param>
internal sealed record Received(string Path, string Bearer, JsonElement Body);

/// <summary>A member with a DID document and a Credential Service on a free port; the test looks at what comes.</summary>
internal sealed class TestHolder : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<Received> received = Channel.CreateUnbounded<Received>();

    private TestHolder(WebApplication app, string name)
    {
        this.app = app;
        app.MapGet("/.well-known/did.json", () => Results.Text(Document().ToJsonString(), "application/did+ld+json"));
        app.MapPost("/cs/credentials", TakeAsync);
        app.MapPost("/cs/offers", TakeAsync);
        Name = name;
    }

    public string Name { get; }

    public TestMember Member { get; private set; } = null!;

    /// <summary>What the document shows: the member's own key, under its thumbprint, unless the test says otherwise.</summary>
    public SigningKey? Shown { get; set; }

    /// <summary>What the key is named for in the document.</summary>
    public VerificationRelationship[] Uses { get; set; } = [VerificationRelationship.Authentication, VerificationRelationship.CapabilityInvocation];

    public string Service { get; set; } = DcpConstants.CredentialService;

    /// <summary>What the holder answers.</summary>
    public int Answer { get; set; } = 200;

    public SigningKey Key => Shown ?? Member.Key;

    public static async Task<TestHolder> JoinAsync(AuthorityUnderTest authority, string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var holder = new TestHolder(builder.Build(), name);
        await holder.app.StartAsync();
        holder.Member = await authority.JoinAsync(new TestMember(name) { Endpoint = new Uri(holder.app.Urls.First() + "/") });
        return holder;
    }

    /// <summary>A self-issued ID token; <paramref name="change"/> makes it wrong.</summary>
    public string Token(AuthorityUnderTest authority, Action<JsonObject>? change = null, SigningKey? key = null, string? kid = null, string type = TokenTypes.Jwt)
    {
        var now = authority.Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Member.Id, ["sub"] = Member.Id, ["aud"] = AuthorityUnderTest.Id, ["jti"] = Guid.NewGuid().ToString(), ["iat"] = now, ["exp"] = now + 60 };
        change?.Invoke(claims);
        return Jws.Sign(Encoding.UTF8.GetBytes(claims.ToJsonString()), key ?? Key, type, kid ?? $"{Member.Id}#{(key ?? Key).Kid}");
    }

    public async Task<HttpResponseMessage> AskAsync(AuthorityUnderTest authority, string holderPid, IEnumerable<string> ids, string? token = null)
    {
        var message = DcpJson.Write(new CredentialRequestMessage { HolderPid = holderPid, Credentials = [.. ids.Select(id => new RequestedCredential(id))] });
        return await authority.SendAsync(HttpMethod.Post, AuthorityRoutes.IssuerService + DcpRoutes.Credentials, token ?? Token(authority), ProtocolJson.Parse(message));
    }

    /// <summary>Asks, and gives the address of the request below the service.</summary>
    public async Task<string> AskedAsync(AuthorityUnderTest authority, string holderPid, IEnumerable<string> ids, string? token = null)
    {
        using var answer = await AskAsync(authority, holderPid, ids, token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return answer.Headers.Location!.AbsoluteUri[authority.Url.Length..];
    }

    public async Task<string> StatusAsync(AuthorityUnderTest authority, string request)
    {
        var status = await authority.OkAsync<JsonElement>(HttpMethod.Get, request, Token(authority));
        Assert.Null(new DcpSpec().Fault(status));
        return DcpJson.Read<CredentialStatus>(status).Status;
    }

    /// <summary>The next message; each keeps to its schema.</summary>
    public async Task<Received> NextAsync()
    {
        var next = await received.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within("a message to the holder");
        Assert.Null(new DcpSpec().Fault(next.Body));
        return next;
    }

    public bool HasNone => !received.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task<IResult> TakeAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        if (Answer == 200)
        {
            received.Writer.TryWrite(new Received(request.Path, request.Headers.Authorization.ToString()["Bearer ".Length..], ProtocolJson.Parse(body.ToArray())));
        }

        return Results.StatusCode(Answer);
    }

    private JsonObject Document() => new DidDocument(
        Did.Parse(Member.Id),
        [new DidKey($"{Member.Id}#{Key.Kid}", Key.Public, Uses)],
        [new DidService(Member.Id + "#cs", Service, app.Urls.First() + "/cs")]).ToJson();
}
