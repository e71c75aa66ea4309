using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>A running space with a contract between two members, and a third member that has no part in it.</summary>
public sealed class BadInputSpace : IAsyncLifetime
{
    public const string Stranger = "did:web:stranger.example";
    private const string AuthorityId = "did:web:authority.example";

    // Written without anybody's asking: evidence on its way to the log, tokens that services fetch for themselves.
    private static readonly string[] Restless = ["evidence_", "log_", "used_assertions"];

    private readonly Dictionary<HttpClient, (string Id, string Name, string AccessToken)> services = [];

    internal HttpClient Authority => Space.Operator;

    internal HttpClient Provider => Space.Provider;

    internal HttpClient Consumer => Space.Consumer;

    public TestSpace Space { get; private set; } = null!;

    public TestContract Contract { get; private set; } = null!;

    /// <summary>Another contract of the same parties.</summary>
    public TestContract Other { get; private set; } = null!;

    /// <summary>A token of the stranger for the provider.</summary>
    public string StrangersToken { get; private set; } = "";

    /// <summary>A token of the stranger for the authority.</summary>
    public string StrangersAuthorityToken { get; private set; } = "";

    /// <summary>A management token of the provider that may only see how the connector stands.</summary>
    public string LimitedToken { get; private set; } = "";

    public string StrangersAddress { get; private set; } = "";

    internal IReadOnlyList<KnownEndpoint> Endpoints { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Space = await TestSpace.StartAsync();
        Contract = await Space.ContractAsync("curves");
        Other = await Space.ContractAsync("weather");
        var stranger = await Space.StartConnectorAsync("stranger", Stranger, "44");
        await UntilAsync(stranger, "SELECT count(*) FROM membership WHERE state = 'applied'", 1);
        await Space.AdmitAsync(Stranger);
        Assert.Equal("active", (await stranger.WaitAsync<ConnectorStatus>(ManagementRoutes.Status)).Membership);
        StrangersAddress = stranger.BaseAddress!.GetLeftPart(UriPartial.Authority);
        StrangersToken = await TokenAsync(stranger, TestSpace.Grid);
        StrangersAuthorityToken = await TokenAsync(stranger, AuthorityId);
        services[Authority] = (AuthorityId, "authority", await TokenAsync(Consumer, AuthorityId));
        services[Provider] = (TestSpace.Grid, "grid", await TokenAsync(Consumer, TestSpace.Grid));
        services[Consumer] = (TestSpace.Vpp, "vpp", await TokenAsync(Provider, TestSpace.Vpp));
        LimitedToken = (await Provider.PostAsync<TokenSecret>(TokenRoutes.Tokens, new TokenDefinition { Name = "watcher", Scopes = ["status:read"] })).Secret;
        Endpoints = [.. KnownEndpoint.Of(Space, Authority), .. KnownEndpoint.Of(Space, Provider)];
        await RestAsync();
    }

    public ValueTask DisposeAsync() => Space.DisposeAsync();

    /// <summary>Calls the endpoint with a credential that it accepts.</summary>
    internal Attempt At(KnownEndpoint endpoint) => new(endpoint.Client, endpoint.Method, endpoint.Target)
    {
        Bearer = endpoint.Policy switch
        {
            null => null,
            ServiceHost.SpacePolicy => AccessToken(endpoint.Client),

            // Each counts once.
            SelfIssuedScheme.Name => Of<SelfIssuedSender>(Consumer).Make(Did.Parse(services[endpoint.Client].Id)),
            _ => ManagementToken(endpoint.Client),
        },
    };

    internal Attempt Manage(HttpClient service, string method, string target, string? body = null)
    {
        var attempt = new Attempt(service, method, target) { Bearer = ManagementToken(service) };
        return body is null ? attempt : attempt.With(body);
    }

    /// <summary>The service as its log lines call it.</summary>
    internal string NameOf(HttpClient service) => services[service].Name;

    internal static string ManagementToken(HttpClient service) => service.DefaultRequestHeaders.Authorization!.Parameter!;

    /// <summary>A member's token for that service.</summary>
    internal string AccessToken(HttpClient service) => services[service].AccessToken;

    /// <summary>A member's token for that service, of an hour ago; or for another audience.</summary>
    internal string AccessToken(HttpClient service, bool expired, string? audience = null)
    {
        var issued = Space.Clock.GetUtcNow() - (expired ? TimeSpan.FromHours(1) : TimeSpan.Zero);
        return Jwt.Sign(
            new JsonObject
            {
                ["iss"] = Authority.BaseAddress!.GetLeftPart(UriPartial.Authority),
                ["sub"] = TestSpace.Vpp,
                ["aud"] = audience ?? services[service].Id,
                ["jti"] = Guid.NewGuid().ToString(),
                ["iat"] = issued.ToUnixTimeSeconds(),
                ["exp"] = (issued + TimeSpan.FromMinutes(5)).ToUnixTimeSeconds(),
            },
            Of<KeyStore>(Authority).Signing(AuthorityKey.Name),
            TokenTypes.AccessToken);
    }

    /// <summary>The token of the contract's flow at the provider's data plane.</summary>
    internal string DataToken(TestContract contract) => Of<DataTokens>(Provider).Issue(contract.Flow, contract.Agreement, TestSpace.Vpp);

    /// <summary>Signs a request of the contract's flow as its consumer would.</summary>
    internal void SignAsConsumer(HttpRequestMessage request) => Of<ConsumerFlows>(Consumer).FindOpen(Contract.Agreement)!.Signer!
        .Sign(request, Of<FlowKeys>(Provider).Replica, Space.Clock.GetUtcNow().ToUnixTimeSeconds());

    internal string ExpiredDataToken() => Jwt.Sign(
        new JsonObject
        {
            ["iss"] = TestSpace.Grid,
            ["aud"] = TestSpace.Grid,
            ["sub"] = TestSpace.Vpp,
            ["jti"] = "1",
            ["iat"] = Space.Clock.GetUtcNow().AddHours(-2).ToUnixTimeSeconds(),
            ["exp"] = Space.Clock.GetUtcNow().AddHours(-1).ToUnixTimeSeconds(),
            ["flow"] = Contract.Flow,
        },
        Of<ParticipantKey>(Provider).Signing,
        TokenTypes.DataAccess);

    /// <summary>The same token with one character of its signature changed.</summary>
    internal static string Altered(string token)
    {
        var at = token.Length - 10;
        return token[..at] + (token[at] == 'A' ? 'B' : 'A') + token[(at + 1)..];
    }

    /// <summary>How many rows each table of each service has.</summary>
    internal IReadOnlyDictionary<string, long> Rows() => services.Keys.SelectMany(service =>
    {
        var database = Of<Database>(service);
        // The index over the log follows it whenever somebody asks: that is no change of the space.
        return database.Read(connection => connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'audit_%'").AsList())
            .Where(table => !Restless.Any(prefix => table.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(table => (Key: $"{services[service].Id} {table}", Count: database.Read(connection => connection.QuerySingle<long>($"SELECT count(*) FROM \"{table}\""))));
    }).ToDictionary(table => table.Key, table => table.Count);

    /// <summary>Waits until nothing is on its way any more.</summary>
    private async Task RestAsync()
    {
        foreach (var service in services.Keys)
        {
            await UntilAsync(service, "SELECT count(*) FROM outbox", 0);
        }
    }

    private async Task UntilAsync(HttpClient service, string count, long expected)
    {
        var database = Of<Database>(service);
        Assert.True(await database.WaitUntilAsync(() => database.Read(connection => connection.QuerySingle<long>(count)) == expected, Deadline.Limit, default), $"not {expected} in time: {count}");
    }

    private T Of<T>(HttpClient service)
        where T : notnull => Space.Behind(service).Services.GetRequiredService<T>();

    private Task<string> TokenAsync(HttpClient member, string audience) => Of<AccessTokens>(member).ForAsync(audience, default);
}
