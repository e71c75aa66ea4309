using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Events;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Policies.Decisions;
using TrustedDataSpace.Connector.Webhooks;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Policy.Opa;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector;

/// <summary>What a connector is told.</summary>
public sealed record ConnectorSettings : ServiceSettings
{
    /// <summary>The authority of the space.</summary>
    public AuthorityOptions Authority { get; init; } = new();

    /// <summary>What the participant applies for membership with.</summary>
    public MembershipOptions Membership { get; init; } = new();

    /// <summary>Who decides, and with which bundle.</summary>
    public PolicyOptions Policies { get; init; } = new();

    /// <summary>The data plane.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>Credentials: what is shown, and what is believed of others.</summary>
    public CredentialOptions Credentials { get; init; } = new();

    /// <summary>How the meters of both sides are held side by side.</summary>
    public MeteringOptions Metering { get; init; } = new();

    /// <summary>The feed of events.</summary>
    public EventOptions Events { get; init; } = new();

    /// <summary>Deliveries of web-hooks.</summary>
    public WebhookOptions Webhooks { get; init; } = new();

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() =>
        base.Problems().Concat(Authority.Problems()).Concat(Membership.Problems()).Concat(Policies.Problems()).Concat(Data.Problems())
            .Concat(Metering.Problems()).Concat(Events.Problems()).Concat(Webhooks.Problems()).Concat(Credentials.Problems());

    /// <inheritdoc/>
    public override IEnumerable<string> CollisionsWith(ServiceSettings other) => base.CollisionsWith(other).Concat(PolicyCollisions(other)).Concat(LogCollisions(other));

    // A server holds the bundle of one space, and would decide by it for the other.
    private IEnumerable<string> PolicyCollisions(ServiceSettings other) =>
        other is ConnectorSettings { Policies: { Engine: PolicyEngineKind.Opa } policies } && Policies.Engine == PolicyEngineKind.Opa
        && policies.Opa.Url.TrimEnd('/') == Policies.Opa.Url.TrimEnd('/') && other.Space.Id != Space.Id
            ? [$"Policies:Opa:Url is {Policies.Opa.Url} for both: a server has the policies of one space. Give each a server of its own"]
            : [];

    // Decisions of two spaces would stand in one file, and each would move it away from under the other.
    private IEnumerable<string> LogCollisions(ServiceSettings other) =>
        Policies.DecisionLog.File is { } mine && other is ConnectorSettings { Policies.DecisionLog.File: { } others } && Path.GetFullPath(mine) == Path.GetFullPath(others)
            ? [$"Policies:DecisionLog:File is {Path.GetFullPath(mine)} for both: give each a file of its own"]
            : [];
}

/// <summary>The authority of the space.</summary>
public sealed record AuthorityOptions
{
    /// <summary>Its base address: https, or http on loopback. Issuer of the access tokens, too.</summary>
    public string Url { get; init; } = "";

    /// <summary>Its DID: the issuer of membership credentials.</summary>
    public string Id { get; init; } = "";

    /// <summary>
    /// Thumbprint (RFC 7638) of the key that signs the checkpoints of its log, from a source that the participant trusts. Default none: the key
    /// that signs the first checkpoint that this connector sees is the only one ever after.
    /// </summary>
    public string? LogKey { get; init; }

    /// <summary>How often an idle connector looks whether the log has only grown. Default 10 s, 1 s to 1 hour.</summary>
    public TimeSpan LogCheckInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether this connector signs the checkpoints that it has verified, as their witness. Default true.</summary>
    public bool Witness { get; init; } = true;

    /// <summary>
    /// For how long the authority's last word on a participant's standing counts while nobody can hear another one; then its uses are denied
    /// and what flows is cut. A contract may ask for less (<c>tds:standingAge</c>). Default 60 s, 5 s to 5 minutes.
    /// </summary>
    public TimeSpan MaxStaleness { get; init; } = TimeSpan.FromSeconds(60);

    internal string Base => Url.TrimEnd('/');

    internal IEnumerable<string> Problems()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
        {
            yield return $"Authority:Url '{Url}' is neither an https:// address nor http:// on loopback, for example https://authority.example";
        }

        if (!Did.TryParse(Id, out _))
        {
            yield return $"Authority:Id '{Id}' is not a did:web identifier, for example did:web:authority.example";
        }

        if (LogCheckInterval < TimeSpan.FromSeconds(1) || LogCheckInterval > TimeSpan.FromHours(1))
        {
            yield return "Authority:LogCheckInterval must lie between 1 second and 1 hour";
        }

        if (MaxStaleness < TimeSpan.FromSeconds(5) || MaxStaleness > TimeSpan.FromMinutes(5))
        {
            yield return "Authority:MaxStaleness must lie between 5 seconds and 5 minutes";
        }
    }
}

/// <summary>What the participant applies for membership with.</summary>
public sealed record MembershipOptions
{
    /// <summary>Code of the region the participant is in, as the space spells it, for example 44.</summary>
    public string Region { get; init; } = "";

    /// <summary>Roles asked for. Default none.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Who stands behind the participant; sent with the first application. Default none.</summary>
    public Protocol.Authority.Organisation? Organisation { get; init; }

    /// <summary>Code of the operator's invite; null without one. It is used at the first application and worthless to others afterwards.</summary>
    public string? Invite { get; init; }

    /// <summary>How often a member asks the authority how it stands. Default 30 s.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    internal IEnumerable<string> Problems()
    {
        if (Region.Length == 0)
        {
            yield return "Membership:Region is missing: the code of the participant's region, for example 44";
        }

        if (CheckInterval < TimeSpan.FromSeconds(1))
        {
            yield return "Membership:CheckInterval must be at least 1 second";
        }
    }
}

/// <summary>Who decides, and with which bundle.</summary>
public sealed record PolicyOptions
{
    /// <summary>Who decides. Default <see cref="PolicyEngineKind.Embedded"/>.</summary>
    public PolicyEngineKind Engine { get; init; }

    /// <summary>The OPA server, when it decides.</summary>
    public OpaOptions Opa { get; init; } = new();

    /// <summary>Folder with the connector's own rules (<c>package tds.layers.own</c>), a layer over the bundle of the space; watched. Default none.</summary>
    public string? Own { get; init; }

    /// <summary>
    /// How long the authority may hold a question for a newer bundle, after how long an authority that holds none is asked again, or how often
    /// the OPA server is asked how it stands. Default 30 s.
    /// </summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the questions of denials are kept, sealed, and the policies that answered them (<c>tds log why</c>). Default 30 days.</summary>
    public TimeSpan KeepDenied { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The decision log.</summary>
    public DecisionLogOptions DecisionLog { get; init; } = new();

    internal IEnumerable<string> Problems()
    {
        foreach (var problem in DecisionLog.Problems())
        {
            yield return problem;
        }

        if (Own is not null && !Directory.Exists(Own))
        {
            yield return $"Policies:Own '{Own}' does not exist";
        }

        if (Own is not null && Engine == PolicyEngineKind.Opa)
        {
            yield return "Policies:Own is for the embedded engine: give the OPA server its own layer";
        }

        if (!Enum.IsDefined(Engine))
        {
            yield return $"Policies:Engine '{Engine}' is neither embedded nor opa";
        }

        if (KeepDenied < TimeSpan.FromHours(1) || KeepDenied > TimeSpan.FromDays(3650))
        {
            yield return "Policies:KeepDenied must be 1 hour to 3650 days";
        }

        if (PollInterval < TimeSpan.FromSeconds(1))
        {
            yield return "Policies:PollInterval must be at least 1 second";
        }

        // An address without the choice would look as if OPA decided.
        if (Engine == PolicyEngineKind.Opa)
        {
            foreach (var problem in Opa.Problems("Policies:Opa"))
            {
                yield return problem;
            }
        }
        else if (Opa.Url.Length > 0)
        {
            yield return "Policies:Opa:Url is set, but the embedded engine decides: set Policies:Engine to opa, or leave the address out";
        }
    }
}

/// <summary>Who decides.</summary>
public enum PolicyEngineKind
{
    /// <summary>The engine in this process, with the bundle that the authority publishes.</summary>
    Embedded,

    /// <summary>An OPA server beside this process, which loads that bundle itself.</summary>
    Opa,
}

/// <summary>The data plane.</summary>
public sealed record DataOptions
{
    /// <summary>Life of an access token of the data plane. Default 5 minutes.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a source may keep silent: before its answer begins, and between two pieces of it; and a sink that is pushed to. Default
    /// 100 s; the other connector waits 2 minutes, so more would be of no use.
    /// </summary>
    public TimeSpan SourceTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>
    /// Push transfers that are not finite: the time from the beginning of one delivery to that of the next, unless the source's answer says
    /// another (<c>Retry-After</c>). Default 1 minute, at most 1 day.
    /// </summary>
    public TimeSpan PushInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Most bytes that this connector takes of one delivery that is pushed to it. Default 10 GiB.</summary>
    public long LargestPush { get; init; } = 10L << 30;

    /// <summary>
    /// Contracts that ask for evidence before each release: how long a request waits for the receipt of the space's log before it is refused.
    /// Default 5 s, 100 ms to 1 minute.
    /// </summary>
    public TimeSpan EvidenceDeadline { get; init; } = TimeSpan.FromSeconds(5);

    internal static TimeSpan LongestPushInterval { get; } = TimeSpan.FromDays(1);

    internal IEnumerable<string> Problems()
    {
        if (TokenLifetime < TimeSpan.FromSeconds(10) || TokenLifetime > TimeSpan.FromHours(1))
        {
            yield return "Data:TokenLifetime must lie between 10 seconds and 1 hour";
        }

        if (SourceTimeout < TimeSpan.FromSeconds(1) || SourceTimeout > TimeSpan.FromSeconds(100))
        {
            yield return "Data:SourceTimeout must lie between 1 and 100 seconds";
        }

        if (EvidenceDeadline < TimeSpan.FromMilliseconds(100) || EvidenceDeadline > TimeSpan.FromMinutes(1))
        {
            yield return "Data:EvidenceDeadline must lie between 100 milliseconds and 1 minute";
        }

        if (PushInterval < TimeSpan.FromSeconds(1) || PushInterval > LongestPushInterval)
        {
            yield return "Data:PushInterval must lie between 1 second and 1 day";
        }

        if (LargestPush < 1)
        {
            yield return "Data:LargestPush must be at least 1 byte";
        }
    }
}
