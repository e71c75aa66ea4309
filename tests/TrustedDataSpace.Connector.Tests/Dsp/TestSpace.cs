using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector.Tests.Evidence;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Connector.Tests.Dsp;

/// <summary>
/// The rest of the space as a connector meets it over HTTP: an authority that knows three participants, and a counterparty that
/// notes what it is sent and answers as a test wants. It speaks for peers that no connector of ours would be, such as one that alters a contract.
/// </summary>
internal sealed class TestSpace : IAsyncDisposable
{
    public const string Name = "test-space";
    public const string Authority = "did:web:authority.example";
    public const string Connector = "did:web:connector.example";
    public const string Peer = "did:web:peer.example";
    public const string Stranger = "did:web:stranger.example";
    public const string PeerPid = "peer-pid";

    private readonly SigningKey key = SigningKey.Generate();
    private readonly WebApplication app;
    private int negotiations;
    private readonly Channel<(string Path, JsonElement Message)> received = Channel.CreateUnbounded<(string, JsonElement)>();

    private TestSpace()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(options => ProtocolJson.Configure(options.SerializerOptions));
        app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet(AuthorityRoutes.OpenIdConfiguration, () => Results.Json(new { issuer = Url, jwks_uri = Url + AuthorityRoutes.Jwks }));
        app.MapGet(AuthorityRoutes.Jwks, () => new JwkSet([key.Public.Jwk]));
        Log = new StandInLog($"{Authority}/{Name}", key);
        Log.Map(app);
        app.MapPost(AuthorityRoutes.Token, () => new TokenResponse { AccessToken = "token-for-a-peer", ExpiresIn = 300 });
        app.MapGet(AuthorityRoutes.Participant, (string id) => Register(id) ?? Results.Json(Participant(id), ProtocolJson.Options));
        app.MapPost(AuthorityRoutes.Agreements, (AgreementFiling filing) => Filing is { } file
            ? Results.Json(file(filing), ProtocolJson.Options)
            : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        app.MapPost(AuthorityRoutes.Receipts, (ReceiptSubmission submission) => Receipts(submission));
        app.MapPost("/peer" + SignedRecord.Route, (SignedRecord sent) => Records(sent));
        app.MapPost(AuthorityRoutes.Products, (ProductRegistration product) => Registration(product.Id));
        app.MapGet("/peer" + DspRoutes.VersionDocument, () => VersionsFail ? Results.StatusCode(StatusCodes.Status503ServiceUnavailable) : Results.Content(Versions, "application/json"));
        app.MapGet(PeerPath + DspRouteTemplates.Dataset, (string id) => DatasetOf(id));
        app.MapGet(PeerPath + DspRouteTemplates.Negotiation, (string pid) => States(pid) is { } state
            ? Dsp(new ContractNegotiation { ProviderPid = PeerPid, ConsumerPid = pid, State = state })
            : Results.NotFound());
        app.MapGet(PeerPath + DspRouteTemplates.Transfer, (string pid) => States(pid) is { } state
            ? Dsp(new TransferProcess { ProviderPid = PeerPid, ConsumerPid = pid, State = state })
            : Results.NotFound());
        app.MapGet("/peer/.well-known/did.json", () => PublishesAgreementKey ? Results.Json(DocumentOfPeer()) : Results.NotFound());
        app.MapPost("/peer/data-tokens/{flow}", (HttpContext context) => Renewal(context));
        app.MapPost(PeerPath + "/{**path}", ReceiveAsync);
    }

    /// <summary>Where the counterparty's messages arrive.</summary>
    public const string PeerPath = "/peer/dsp/2025-1";

    public string Url => app.Urls.First();

    /// <summary>The key that others encrypt to when they write to the peer.</summary>
    public AgreementKey AgreementKey { get; } = AgreementKey.Generate();

    /// <summary>Whether the peer's DID document shows that key. It stands for a connector of ours then, else for another vendor's.</summary>
    public bool PublishesAgreementKey { get; set; }

    /// <summary>The log of the space.</summary>
    public StandInLog Log { get; }

    /// <summary>The key that the authority's register has for every participant.</summary>
    public SigningKey MemberKey => key;

    /// <summary>What the peer answers to a message; 200 without a body unless a test says otherwise.</summary>
    public Func<string, JsonElement, Task<IResult>> Answer { get; set; } = (_, _) => Task.FromResult(Results.Ok());

    /// <summary>The state in which the peer shows its process of that id; null: it shows none.</summary>
    public Func<string, string?> States { get; set; } = _ => null;

    /// <summary>What the register answers when it is asked about that participant; null: that it is a member.</summary>
    public Func<string, IResult?> Register { get; set; } = _ => null;

    /// <summary>What the authority answers to a filing; null: it is away.</summary>
    public Func<AgreementFiling, FilingReceipt>? Filing { get; set; }

    /// <summary>What the authority answers when use is submitted; it is away unless a test says otherwise.</summary>
    public Func<ReceiptSubmission, IResult> Receipts { get; set; } = _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);

    /// <summary>What the peer answers to a record of use; it is away unless a test says otherwise.</summary>
    public Func<SignedRecord, IResult> Records { get; set; } = _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);

    /// <summary>What the authority answers when a product of that id is registered.</summary>
    public Func<string, IResult> Registration { get; set; } = _ => Results.Ok();

    /// <summary>The peer's version document.</summary>
    public string Versions { get; set; } = """{"protocolVersions":[{"version":"2025-1","path":"/dsp/2025-1","binding":"HTTPS"}]}""";

    /// <summary>Whether that document cannot be read now.</summary>
    public bool VersionsFail { get; set; }

    /// <summary>Whether the peer answers a request for data without naming its process.</summary>
    public bool AnswersWithoutBody { get; set; }

    /// <summary>What the peer answers when a token of a flow is to be renewed.</summary>
    public Func<HttpContext, IResult> Renewal { get; set; } = _ => Results.NotFound();

    /// <summary>Whether the peer names its negotiations apart, as it must.</summary>
    public bool DistinctPids { get; set; } = true;

    /// <summary>The offer in the peer's catalog.</summary>
    public string Offer { get; set; } = """{"@type":"Offer","@id":"offer:1","permission":[{"action":"use"}]}""";

    public static async Task<TestSpace> StartAsync()
    {
        var space = new TestSpace();
        await space.app.StartAsync();
        return space;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
        AgreementKey.Dispose();
    }

    public static FilingReceipt Receipt(AgreementFiling filing) =>
        new() { AgreementId = filing.AgreementId, Hash = filing.Hash, FiledAt = filing.SignedAt, EvidenceId = "e1" };

    /// <summary>An access token of the space for calling the connector.</summary>
    public string TokenOf(string participant, DateTimeOffset now) => Jwt.Sign(
        new JsonObject
        {
            ["iss"] = Url,
            ["sub"] = participant,
            ["aud"] = Connector,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
            ["membership"] = Membership(participant, now),
        },
        key,
        TokenTypes.AccessToken);

    /// <summary>The peer's signature under an agreement.</summary>
    public string Sign(PolicyDocument agreement) => AgreementSignature.Sign(agreement, key);

    /// <summary>The next message of that type; others before it are passed over.</summary>
    public async Task<(string Path, JsonElement Message)> NextOfAsync(string type)
    {
        while (true)
        {
            if (await NextAsync() is var next && next.Message.GetProperty("@type").GetString() == type)
            {
                return next;
            }
        }
    }

    /// <summary>The next message that the peer is sent.</summary>
    public async Task<(string Path, JsonElement Message)> NextAsync() => await received.Reader.ReadAsync().AsTask().Within("a message to the peer");

    private string Membership(string participant, DateTimeOffset now) => new MembershipCredential
    {
        Issuer = Did.Parse(Authority),
        Subject = Did.Parse(participant),
        Name = participant,
        Space = Name,
        Region = "44",
        Roles = [],
        ValidFrom = now.AddMinutes(-1),
        ValidUntil = now.AddDays(1),
        CredentialId = "urn:uuid:" + Guid.NewGuid(),
    }.ToJwt(key);

    private Participant Participant(string id) => new()
    {
        Id = Did.Parse(id),
        Name = id,
        Region = "44",
        Roles = [],
        Endpoint = new Uri(Url + (id == Peer ? "/peer" : "/other")),
        Key = key.Public.Jwk,
        State = ParticipantStates.Active,
    };

    private JsonObject DocumentOfPeer() =>
        new DidDocument(Did.Parse(Peer), [new DidKey($"{Peer}#{AgreementKey.Kid}", AgreementKey.Public, [VerificationRelationship.KeyAgreement])], []).ToJson();

    private IResult DatasetOf(string id) => Results.Json(DspJson.ToElement(new Dataset
    {
        Id = id,
        Offers = [PolicyDocument.Parse(Offer)],
        Distributions = [new Distribution { Format = DspConstants.HttpPull, AccessService = new AccessService("service") }],
    }));

    private async Task<IResult> ReceiveAsync(HttpContext context, string path)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var message = ProtocolJson.Parse(body.ToArray());
        var answer = await Answer("/" + path, message);
        await received.Writer.WriteAsync(("/" + path, message));
        return path switch
        {
            "negotiations/request" => Dsp(new ContractNegotiation { ProviderPid = NextPid(), ConsumerPid = Pid(message), State = NegotiationStates.Requested }),
            "transfers/request" when AnswersWithoutBody => Results.Ok(),
            "transfers/request" => Dsp(new TransferProcess { ProviderPid = PeerPid, ConsumerPid = Pid(message), State = TransferStates.Requested }),
            _ => answer,
        };
    }

    private string NextPid()
    {
        var number = Interlocked.Increment(ref negotiations);
        return number == 1 || !DistinctPids ? PeerPid : $"{PeerPid}-{number}";
    }

    private static string Pid(JsonElement message) => message.GetProperty("consumerPid").GetString()!;

    private static IResult Dsp<T>(T message)
        where T : IDspMessage => Results.Json(DspJson.ToElement(message), statusCode: StatusCodes.Status201Created);
}
