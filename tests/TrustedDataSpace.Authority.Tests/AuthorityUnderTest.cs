using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests;

/// <summary>An authority on a free port with its own folder and a clock that the test moves; calls go over real HTTP.</summary>
internal sealed class AuthorityUnderTest : IAsyncDisposable
{
    public const string Id = "did:web:authority.example";
    public const string Space = "test-space";
    private const string ManagementToken = "tds_management_of_the_tests_0123456789";

    private readonly TempFolder folder;
    private readonly bool ownsFolder;
    private readonly WebApplication app;
    private readonly HttpClient http = new();

    private AuthorityUnderTest(TempFolder folder, bool ownsFolder, WebApplication app, ManualClock clock)
    {
        this.folder = folder;
        this.ownsFolder = ownsFolder;
        this.app = app;
        Clock = clock;
        Url = app.Services.GetRequiredService<ServiceAddress>().Url;
    }

    public ManualClock Clock { get; }

    public string Url { get; }

    public Database Database => app.Services.GetRequiredService<Database>();

    public IReadOnlyList<Microsoft.AspNetCore.Http.Endpoint> Endpoints => app.Services.GetRequiredService<Microsoft.AspNetCore.Routing.EndpointDataSource>().Endpoints;

    /// <summary>The key that signs tokens now.</summary>
    public SigningKey SigningKey => app.Services.GetRequiredService<KeyStore>().Signing("authority");

    public T Service<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public EvidenceTrail Trail => app.Services.GetRequiredService<EvidenceTrail>();

    public static async Task<AuthorityUnderTest> StartAsync(TempFolder? folder = null, ManualClock? clock = null, Func<AuthoritySettings, AuthoritySettings>? change = null)
    {
        var place = folder ?? new TempFolder();
        var time = clock ?? new ManualClock();
        var settings = new AuthoritySettings
        {
            Space = new SpaceOptions { Id = Space },
            Participant = new ParticipantOptions { Id = Id, Name = "Authority of the tests" },
            Storage = new StorageOptions { Folder = place["data"] },
            Management = new() { Token = ManagementToken },
        };
        var app = AuthorityHost.Build(change?.Invoke(settings) ?? settings, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<TimeProvider>(time).AddSingleton(new Authority.SignIn.Passwords(iterations: 1_000));
        });
        try
        {
            await app.StartServiceAsync(TextWriter.Null);
            return new AuthorityUnderTest(place, folder is null, app, time);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public Task<TestMember> JoinAsync(string name) => JoinAsync(new TestMember(name));

    public async Task<TestMember> JoinAsync(TestMember member)
    {
        await ApplyAsync(member);
        await OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(member.Id), Operator);
        return member;
    }

    public Task<HttpResponseMessage> ApplyAsync(TestMember member) => SendJwsAsync(SignedApplication.Create(member.Application, member.Key));

    public async Task<HttpResponseMessage> SendJwsAsync(string jws)
    {
        using var content = new StringContent(jws, Encoding.ASCII, SignedApplication.MediaType);
        return await http.PostAsync(Url + AuthorityRoutes.Applications, content);
    }

    /// <summary>A member's request with a signed body.</summary>
    public async Task<HttpResponseMessage> PutJwsAsync(string route, string bearer, string jws, string type = SignedKeyUpdate.MediaType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Url + route) { Content = new StringContent(jws, Encoding.ASCII, type) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return await http.SendAsync(request);
    }

    public static string Operator => ManagementToken;

    /// <summary>A token for the authority itself.</summary>
    public async Task<string> TokenAsync(TestMember member, string resource = Id)
    {
        var answer = await AskTokenAsync(member.Assertion(this), resource);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return ProtocolJson.Read<TokenResponse>(await answer.Content.ReadAsByteArrayAsync()).AccessToken;
    }

    public async Task<HttpResponseMessage> AskTokenAsync(string assertion, string? resource = Id, string grant = "client_credentials")
    {
        var fields = new Dictionary<string, string>
        {
            ["grant_type"] = grant,
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["client_assertion"] = assertion,
        };
        if (resource is not null)
        {
            fields["resource"] = resource;
        }

        using var form = new FormUrlEncodedContent(fields);
        return await http.PostAsync(Url + AuthorityRoutes.Token, form);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string route, string? bearer = null, object? body = null)
    {
        using var request = new HttpRequestMessage(method, Url + route);
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(ProtocolJson.Write(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return await http.SendAsync(request);
    }

    public async Task<T> OkAsync<T>(HttpMethod method, string route, string? bearer = null, object? body = null)
    {
        using var answer = await SendAsync(method, route, bearer, body);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {route} answered {(int)answer.StatusCode}: {Encoding.UTF8.GetString(bytes)}");
        return ProtocolJson.Read<T>(bytes);
    }

    /// <summary>What is served to all at that address.</summary>
    public Task<byte[]> GetAsync(string route) => http.GetByteArrayAsync(Url + route);

    /// <summary>Expects a refusal; returns its document.</summary>
    public async Task<JsonElement> RefusedAsync(HttpStatusCode status, HttpMethod method, string route, string? bearer = null, object? body = null)
    {
        using var answer = await SendAsync(method, route, bearer, body);
        return await RefusalAsync(status, answer);
    }

    public static async Task<JsonElement> RefusalAsync(HttpStatusCode status, HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"expected {status}, got {answer.StatusCode}: {text}");
        return ProtocolJson.Parse(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Has periods that are over settled at once.</summary>
    public void LookAtPeriods() => app.Services.GetRequiredService<Authority.Clearing.ClearingWorker>().Signal.Set();

    /// <summary>Ends when somebody is kept waiting for another bundle.</summary>
    public async Task WaitingAsync()
    {
        while (app.Services.GetRequiredService<Authority.Bundles.BundlePublisher>().Waiting == 0)
        {
            await Task.Yield();
        }
    }

    /// <summary>Ends when somebody is kept waiting for another status list.</summary>
    public async Task WaitingForStatusAsync()
    {
        while (app.Services.GetRequiredService<Authority.Credentials.StatusListPublisher>().Waiting == 0)
        {
            await Task.Yield();
        }
    }

    /// <summary>The key that the authority publishes.</summary>
    public async Task<PublicKey> KeyAsync() => Assert.Single((await OkAsync<JwkSet>(HttpMethod.Get, AuthorityRoutes.Jwks)).PublicKeys());

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        if (ownsFolder)
        {
            folder.Dispose();
        }
    }
}

/// <summary>A participant of the tests.</summary>
internal sealed class TestMember(string name)
{
    public string Id { get; } = $"did:web:{name}.example";

    public SigningKey Key { get; init; } = SigningKey.Generate();

    public Uri Endpoint { get; init; } = new($"https://{name}.example/");

    public ParticipantApplication Application => new()
    {
        Id = Did.Parse(Id),
        Name = name,
        Region = "44",
        Roles = ["data-provider"],
        Endpoint = Endpoint,
        Key = Key.Public.Jwk,
    };

    /// <summary>A client assertion; <paramref name="change"/> makes it wrong.</summary>
    public string Assertion(AuthorityUnderTest authority, Action<JsonObject>? change = null, SigningKey? key = null, string type = TokenTypes.ClientAssertion)
    {
        var now = authority.Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Id,
            ["sub"] = Id,
            ["aud"] = authority.Url,
            ["jti"] = Guid.NewGuid().ToString(),
            ["iat"] = now,
            ["exp"] = now + 60,
        };
        change?.Invoke(claims);
        return Jwt.Sign(claims, key ?? Key, type);
    }
}
