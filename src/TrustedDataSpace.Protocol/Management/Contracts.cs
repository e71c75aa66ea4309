using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>Starts a negotiation: as consumer (<see cref="Provider"/> is named) or as provider (<see cref="Consumer"/> is named).</summary>
public sealed record NegotiationStart
{
    /// <summary>The provider's DID: this participant asks it for a contract (DSP §7.2.1).</summary>
    public string? Provider { get; init; }

    /// <summary>The consumer's DID: this participant makes it an offer that it has not asked for (DSP §7.2.2).</summary>
    public string? Consumer { get; init; }

    /// <summary>Dataset (product) id.</summary>
    public required string DatasetId { get; init; }

    /// <summary>Offer id, from the provider's catalog.</summary>
    public required string OfferId { get; init; }

    /// <summary>Terms other than those of the catalog: an ODRL offer; its id and target are set by the connector. Default: the offer as published.</summary>
    public JsonElement? Offer { get; init; }

    /// <summary>Who takes this connector's next steps: one of <see cref="NegotiationModes"/>. As provider default: what the product says.</summary>
    public string? Mode { get; init; }
}

/// <summary>Who takes a connector's own steps in a negotiation or a transfer.</summary>
public static class NegotiationModes
{
    /// <summary>The connector: policy decides, other terms than the published ones are turned down. Default.</summary>
    public const string Automatic = "automatic";

    /// <summary>A person or a program, through the management interface.</summary>
    public const string Manual = "manual";

    /// <summary>The connector where the terms are the published ones, else a person or a program.</summary>
    public const string Mixed = "mixed";
}

/// <summary>Terms of a counter-request or an offer. A misspelt property is refused: passed over, it would propose the terms on the table.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NegotiationTerms
{
    /// <summary>An ODRL offer; its id and target are set by the connector. Default: the terms that are on the table.</summary>
    public JsonElement? Offer { get; init; }
}

/// <summary>A contract negotiation (DSP §7) as this connector sees it.</summary>
public sealed record NegotiationView
{
    /// <summary>This connector's process id.</summary>
    public required string Id { get; init; }

    /// <summary><c>CONSUMER</c> or <c>PROVIDER</c>: this connector's role.</summary>
    public required string Role { get; init; }

    /// <summary>DSP state.</summary>
    public required string State { get; init; }

    /// <summary>The other party's DID.</summary>
    public required string Counterparty { get; init; }

    /// <summary>The other party's process id; null until it has answered.</summary>
    public string? CounterpartyPid { get; init; }

    /// <summary>Dataset id.</summary>
    public required string DatasetId { get; init; }

    /// <summary>One of <see cref="NegotiationModes"/>.</summary>
    public string Mode { get; init; } = NegotiationModes.Automatic;

    /// <summary>Whether it waits for a person or a program on this side.</summary>
    public bool Waiting { get; init; }

    /// <summary>The offer on the table: the one of the last round.</summary>
    public JsonElement? Offer { get; init; }

    /// <summary>Number of the last round.</summary>
    public long Round { get; init; }

    /// <summary>Set once there is an agreement.</summary>
    public string? AgreementId { get; init; }

    /// <summary>The code of the termination, for programs.</summary>
    public string? Code { get; init; }

    /// <summary>Why it was terminated.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>How often it was changed: its entity tag differs after each change.</summary>
    public long Revision { get; init; }
}

/// <summary>One round of a negotiation: an offer, a counter-request or the agreement.</summary>
public sealed record NegotiationRound
{
    /// <summary>Number, from 1.</summary>
    public required long Number { get; init; }

    /// <summary><c>CONSUMER</c> or <c>PROVIDER</c>: who made it.</summary>
    public required string By { get; init; }

    /// <summary>The state that it led to.</summary>
    public required string State { get; init; }

    /// <summary>When this connector recorded it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The document as it was sent.</summary>
    public required JsonElement Policy { get; init; }

    /// <summary>Hash over its canonical form.</summary>
    public required string Hash { get; init; }

    /// <summary>What differs in the terms from the round before.</summary>
    public IReadOnlyList<PolicyChange> Changes { get; init; } = [];
}

/// <summary>One difference between two policies.</summary>
/// <param name="Path">Place, as a JSON Pointer (RFC 6901).</param>
/// <param name="From">What stood there; null when it is new.</param>
/// <param name="To">What stands there now; null when it is gone.</param>
public sealed record PolicyChange(string Path, JsonElement? From = null, JsonElement? To = null);

/// <summary>An agreement (数字合约).</summary>
public sealed record AgreementView
{
    /// <summary>Agreement id.</summary>
    public required string Id { get; init; }

    /// <summary><c>CONSUMER</c> or <c>PROVIDER</c>: this connector's role.</summary>
    public required string Role { get; init; }

    /// <summary>The provider's DID.</summary>
    public required string Provider { get; init; }

    /// <summary>The consumer's DID.</summary>
    public required string Consumer { get; init; }

    /// <summary>Dataset (product) id.</summary>
    public required string DatasetId { get; init; }

    /// <summary><c>active</c> or <c>ended</c>.</summary>
    public required string State { get; init; }

    /// <summary>Whether the authority has filed it (备案). Only the provider knows.</summary>
    public required bool Filed { get; init; }

    /// <summary>Hash over the canonical agreement document.</summary>
    public required string Hash { get; init; }

    /// <summary>The ODRL agreement as it was signed.</summary>
    public required JsonElement Policy { get; init; }

    /// <summary>The parties' signatures under it; a party whose connector does not sign is missing.</summary>
    public IReadOnlyList<SignatureView> Signatures { get; init; } = [];

    /// <summary>For each term: is it enforced, attested or legal only?</summary>
    public IReadOnlyList<TermCoverageView> Coverage { get; init; } = [];
}

/// <summary>A signature under an agreement.</summary>
/// <param name="By"><c>CONSUMER</c> or <c>PROVIDER</c>.</param>
/// <param name="Jws">Detached JWS (RFC 7515 appendix F) over the canonical agreement; its <c>kid</c> names the key.</param>
public sealed record SignatureView(string By, string Jws);

/// <summary>Starts a transfer as consumer.</summary>
public sealed record TransferStart
{
    /// <summary>Agreement id.</summary>
    public required string AgreementId { get; init; }

    /// <summary>DSP format: <c>HttpData-PULL</c> (default) or <c>HttpData-PUSH</c>.</summary>
    public string Format { get; init; } = "HttpData-PULL";

    /// <summary>Push only: where this connector delivers what the provider pushes.</summary>
    public PushSink? Sink { get; init; }
}

/// <summary>Where pushed data goes: a local HTTP endpoint of the consumer, behind its connector.</summary>
public sealed record PushSink
{
    /// <summary>http(s) address. Each delivery is one POST with the source's answer as its body.</summary>
    public required string Url { get; init; }

    /// <summary>Headers with the sink's credentials. Sealed at rest, never shown again.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>What the data is used for: it is metered and decided under this purpose.</summary>
    public string? Purpose { get; init; }

    /// <summary>Redacted: headers are secrets.</summary>
    public override string ToString() => Url;
}

/// <summary>A transfer process (DSP §9) as this connector sees it.</summary>
public sealed record TransferView
{
    /// <summary>This connector's process id.</summary>
    public required string Id { get; init; }

    /// <summary><c>CONSUMER</c> or <c>PROVIDER</c>: this connector's role.</summary>
    public required string Role { get; init; }

    /// <summary>DSP state.</summary>
    public required string State { get; init; }

    /// <summary>The other party's DID.</summary>
    public required string Counterparty { get; init; }

    /// <summary>Agreement id.</summary>
    public required string AgreementId { get; init; }

    /// <summary>The other party's process id; null until it has answered.</summary>
    public string? CounterpartyPid { get; init; }

    /// <summary>DSP format.</summary>
    public string Format { get; init; } = "HttpData-PULL";

    /// <summary>The flow (the provider's process id), once known.</summary>
    public string? Flow { get; init; }

    /// <summary>Whether it waits for a person or a program on this side.</summary>
    public bool Waiting { get; init; }

    /// <summary><c>CONSUMER</c> or <c>PROVIDER</c>: who has suspended it, and alone may start it again; null when it is not suspended.</summary>
    public string? SuspendedBy { get; init; }

    /// <summary>The code of the termination or suspension, for programs.</summary>
    public string? Code { get; init; }

    /// <summary>Why it was terminated or suspended.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>How often it was changed: its entity tag differs after each change.</summary>
    public long Revision { get; init; }
}

/// <summary>A consumer's word that it has destroyed what it got under an agreement.</summary>
public sealed record DestructionReport
{
    /// <summary>What was destroyed, and how: it stands in the evidence log. 1 to 2,000 characters, without personal data.</summary>
    public required string Statement { get; init; }
}

/// <summary>Ends a process.</summary>
public sealed record Termination
{
    /// <summary>Why, told to the other side.</summary>
    public required string Reason { get; init; }

    /// <summary>A code for programs, told to the other side. Default: the word before the first colon of the reason, if it is one.</summary>
    public string? Code { get; init; }
}
