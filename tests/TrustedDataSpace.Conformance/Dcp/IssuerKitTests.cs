using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Dcp;
using Xunit;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>Plays the kit's holder against the issuer that is prepared for it, by nothing but the kit's configuration: what the kit asks of an issuer.</summary>
public sealed class IssuerKitTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly HttpClient http = new();
    private readonly Channel<(string Bearer, byte[] Body)> received = Channel.CreateUnbounded<(string, byte[])>();
    private readonly DcpOptions options = new() { Role = "issuer", Port = FreePort(), Kit = $"http://localhost:{FreePort().ToString(CultureInfo.InvariantCulture)}" };
    private Dictionary<string, string> configuration = [];
    private WebApplication kit = null!;
    private IssuerUnderTest issuer = null!;
    private ECDsa key = null!;

    private string Holder => options.DidOfKit("holder");

    private string Issuer => configuration["dataspacetck.did.issuer"];

    public async ValueTask InitializeAsync()
    {
        issuer = await IssuerUnderTest.StartAsync(options, folder["issuer"]);
        configuration = (await File.ReadAllLinesAsync(issuer.ConfigurationFile)).Where(line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#').ToDictionary(line => line[..line.IndexOf('=', StringComparison.Ordinal)], line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        var jwk = JsonNode.Parse(configuration["dataspacetck.key.holder"])!;
        byte[] Part(string name) => Base64Url.DecodeFromChars((string?)jwk[name]);
        key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Part("x"), Y = Part("y") }, D = Part("d") });
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(options.Kit.Replace("localhost", "127.0.0.1", StringComparison.Ordinal));
        kit = builder.Build();
        kit.MapGet("/holder/did.json", () => Results.Text(Document((string?)jwk["x"], (string?)jwk["y"]).ToJsonString(), "application/json"));
        kit.MapPost("/credentials", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.Writer.TryWrite((request.Headers.Authorization.ToString()["Bearer ".Length..], body.ToArray()));
            return Results.Ok();
        });
        await kit.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await kit.DisposeAsync();
        await issuer.DisposeAsync();
        key.Dispose();
        http.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Both_credentials_of_the_profile_come_to_the_holder_again_and_again()
    {
        var service = await ServiceAsync();
        var metadata = DcpJson.Read<IssuerMetadata>(await http.GetByteArrayAsync(service + "/metadata"));
        Assert.Equal(Issuer, metadata.Issuer);
        var asked = metadata.CredentialsSupported.Where(one => one.Profile == CredentialProfile.Vc11.WireName()).ToList();
        Assert.Equal(2, asked.Count);

        // The kit repeats the same name for its request in each of its tests.
        for (var i = 0; i < 3; i++)
        {
            using var answer = await AskAsync(service, asked.Select(one => one.Id), Token(claims => claims["token"] = "kit-" + i));
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            var (bearer, body) = await received.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within("the credentials");
            var message = DcpJson.Read<CredentialMessage>(body);
            Assert.Null(new DcpSpec().Fault(ProtocolJson.Parse(body)));
            Assert.Equal((CredentialMessage.Issued, configuration["dataspacetck.credentials.correlation.id"]), (message.Status, message.HolderPid));
            var token = await SelfIssuedIdToken.VerifyAsync(bearer, Did.Parse(Holder), KeyAsync, TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
            Assert.Equal((Issuer, "kit-" + i), (token.Issuer.Value, token.AccessToken));
            Assert.Equal(["MembershipCredential", "SensitiveDataCredential"], message.Credentials.Select(one => one.CredentialType).Order(StringComparer.Ordinal));
            foreach (var one in message.Credentials)
            {
                var credential = await CredentialJwt.VerifyAsync(one.Payload, KeyAsync, TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
                Assert.Equal((CredentialProfile.Vc11, Holder, one.Format), (credential.Profile, credential.SubjectId, credential.Profile.WireName()));
            }

            using var status = await SendAsync(HttpMethod.Get, answer.Headers.Location!.AbsoluteUri, Token(), null);
            Assert.Contains(DcpJson.Read<CredentialStatus>(await status.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Status, new[] { CredentialStatus.Received, CredentialStatus.Issued });
        }
    }

    [Fact]
    public async Task What_the_kit_expects_to_be_refused_is_refused()
    {
        var service = await ServiceAsync();
        var id = DcpJson.Read<IssuerMetadata>(await http.GetByteArrayAsync(service + "/metadata")).CredentialsSupported[0].Id;
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var used = Token();
        Assert.Equal(HttpStatusCode.Created, (await AskAsync(service, [id], used)).StatusCode);
        foreach (var token in new[]
        {
            null,
            used,
            Token(claims => claims["exp"] = now - 60),
            Token(claims => claims["iat"] = now + 60),
            Token(claims => claims["nbf"] = now + 60),
            Token(claims => claims["aud"] = options.DidOfKit("thirdparty")),
            Token(claims => claims["iss"] = options.DidOfKit("thirdparty")),
            Token(key: stranger),
            Token(kid: "unknown"),
        })
        {
            using var answer = await AskAsync(service, [id], token);
            Assert.InRange((int)answer.StatusCode, 400, 499);
        }

        using var unknown = await SendAsync(HttpMethod.Get, service + "/requests/not-exist", Token(), null);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<string> ServiceAsync()
    {
        var document = DidDocument.Read(await http.GetByteArrayAsync(options.Url + "/.well-known/did.json"), Did.Parse(Issuer));
        return document.Services.Single(service => service.Type == DcpConstants.IssuerService).Endpoint;
    }

    private async Task<PublicKey> KeyAsync(Did did, string kid, VerificationRelationship use, CancellationToken cancellation) =>
        DidDocument.Read(await http.GetByteArrayAsync(options.Url + "/.well-known/did.json", cancellation), did).Find(kid, use) ?? throw new InvalidOperationException("no such key");

    private Task<HttpResponseMessage> AskAsync(string service, IEnumerable<string> ids, string? token) => SendAsync(HttpMethod.Post, service + "/credentials", token, DcpJson.Write(
        new CredentialRequestMessage { HolderPid = configuration["dataspacetck.credentials.correlation.id"], Credentials = [.. ids.Select(id => new RequestedCredential(id))] }));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string address, string? token, byte[]? body)
    {
        using var request = new HttpRequestMessage(method, address);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    // As the kit makes it: no nbf, ten minutes, and a header in its own order.
    private string Token(Action<JsonObject>? change = null, ECDsa? key = null, string kid = "kit-key")
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Holder, ["sub"] = Holder, ["aud"] = Issuer, ["jti"] = Guid.NewGuid().ToString(), ["iat"] = now, ["exp"] = now + 600 };
        change?.Invoke(claims);
        var header = new JsonObject { ["kid"] = $"{Holder}#{kid}", ["typ"] = "JWT", ["alg"] = "ES256" };
        var content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString())) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        return content + "." + Base64Url.EncodeToString((key ?? this.key).SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256));
    }

    private JsonObject Document(string? x, string? y) => new()
    {
        ["@context"] = new JsonArray("https://www.w3.org/ns/did/v1", "https://w3id.org/dspace-dcp/v1.0"),
        ["id"] = Holder,
        ["service"] = new JsonArray(new JsonObject { ["id"] = "TCK-Credential-Service", ["type"] = "CredentialService", ["serviceEndpoint"] = options.Kit }),
        ["verificationMethod"] = new JsonArray(new JsonObject
        {
            ["id"] = Holder + "#kit-key",
            ["type"] = "JsonWebKey2020",
            ["controller"] = Holder,
            ["publicKeyJwk"] = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = x, ["y"] = y, ["kid"] = "kit-key" },
        }),
        ["authentication"] = new JsonArray(Holder + "#kit-key"),
        ["assertionMethod"] = new JsonArray(Holder + "#kit-key"),
        ["capabilityInvocation"] = new JsonArray(Holder + "#kit-key"),
    };
}
