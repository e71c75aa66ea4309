using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Dcp;

namespace TrustedDataSpace.Connector.Tests.Credentials;

/// <summary>A connector whose authority is the counterpart's issuer, and which knows of no members: everybody is whom its DID document says.</summary>
internal sealed class DcpConnector : IAsyncDisposable
{
    public const string Membership = "MembershipCredential";

    private readonly TempFolder folder = new();

    private DcpConnector(DcpCounterpart kit, ManualClock clock, CredentialOptions? options, IPeerDirectory? directory, bool hearsAll)
    {
        Kit = kit;
        Clock = clock;
        Connector = new ConnectorUnderTest(
            kit.Url,
            clock,
            folder,
            with: settings => settings with { Authority = new AuthorityOptions { Url = kit.Url, Id = kit.Issuer.Did.Value }, Credentials = options ?? new CredentialOptions() },
            configure: builder =>
            {
                builder.Services.AddSingleton(directory ?? new NoMembers());
                if (hearsAll)
                {
                    builder.Services.AddSingleton<MembershipAdmission>().AddSingleton<IPeerAdmission, OpenAdmission>();
                }
            });
    }

    public DcpCounterpart Kit { get; }

    public ManualClock Clock { get; }

    public ConnectorUnderTest Connector { get; }

    public Did Did { get; } = Did.Parse(ConnectorUnderTest.Did);

    public static Task<DcpConnector> StartAsync(CredentialOptions? options = null, IPeerDirectory? directory = null, bool hearsAll = true) =>
        StartAsync(_ => options, directory, hearsAll);

    public static async Task<DcpConnector> StartAsync(Func<DcpCounterpart, CredentialOptions?> options, IPeerDirectory? directory = null, bool hearsAll = true)
    {
        var clock = new ManualClock();
        var kit = await DcpCounterpart.StartAsync(clock);
        var connector = new DcpConnector(kit, clock, options(kit), directory, hearsAll);
        await connector.Connector.StartAsync();
        kit.Others[connector.Did] = connector.Connector.Url;
        return connector;
    }

    /// <summary>The authority's list names these issuers from now on.</summary>
    public Task TrustAsync(long version, params TrustedIssuer[] issuers) => Connector.Get<SpaceTrust>().AdoptAsync(new TrustList
    {
        Space = ConnectorUnderTest.Space,
        Authority = Kit.Issuer.Did,
        Version = version,
        IssuedAt = Clock.GetUtcNow(),
        ExpiresAt = Clock.GetUtcNow().AddDays(1),
        Issuers = issuers,
    });

    /// <summary>Claims of a membership of the connector's space.</summary>
    public static JsonObject MemberClaims(string space = ConnectorUnderTest.Space) => new() { ["name"] = "Holder", ["space"] = space, ["region"] = "44", ["roles"] = new JsonArray("virtual-power-plant") };

    /// <summary>Sends a DCP message to the connector.</summary>
    public Task<(int Status, byte[] Body)> SendAsync<T>(string path, T message, string? token)
        where T : IDcpMessage => Kit.SendAsync(Connector.Url + CredentialEndpoints.Base + path, DcpJson.Write(message), token is null ? null : "Bearer " + token);

    public async ValueTask DisposeAsync()
    {
        await Connector.DisposeAsync();
        await Kit.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>The product's, but for whom it hears.</summary>
    private sealed class OpenAdmission(MembershipAdmission product) : IPeerAdmission
    {
        public IReadOnlyList<string> Required => product.Required;

        public bool Knows(Did issuer) => product.Knows(issuer);

        public bool Hears(Did stranger) => true;

        public bool Trusts(VerifiableCredential credential) => product.Trusts(credential);

        public SubjectClaims? ClaimsOf(IReadOnlyList<VerifiableCredential> credentials) => product.ClaimsOf(credentials);

        public Peer Admit(Did holder, IReadOnlyList<VerifiableCredential> credentials) => product.Admit(holder, credentials);
    }

    private sealed class NoMembers : IPeerDirectory
    {
        public ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation) => throw new RefusalException(RefusalCode.NotFound, $"{did} is no participant.");
    }
}
