using System.Text.Json;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>Starts a negotiation as consumer.</summary>
public sealed record NegotiationStart
{
    /// <summary>The provider's DID.</summary>
    public required string Provider { get; init; }

    /// <summary>Dataset (product) id.</summary>
    public required string DatasetId { get; init; }

    /// <summary>Offer id, from the provider's catalog.</summary>
    public required string OfferId { get; init; }
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

    /// <summary>Dataset id.</summary>
    public required string DatasetId { get; init; }

    /// <summary>Set once there is an agreement.</summary>
    public string? AgreementId { get; init; }

    /// <summary>Why it was terminated.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];
}

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

    /// <summary>For each term: is it enforced, attested or legal only?</summary>
    public IReadOnlyList<TermCoverageView> Coverage { get; init; } = [];
}

/// <summary>Starts a transfer as consumer.</summary>
public sealed record TransferStart
{
    /// <summary>Agreement id.</summary>
    public required string AgreementId { get; init; }

    /// <summary>DSP format. Default and only one: <c>HttpData-PULL</c>.</summary>
    public string Format { get; init; } = "HttpData-PULL";
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

    /// <summary>The flow (the provider's process id), once known.</summary>
    public string? Flow { get; init; }

    /// <summary>Why it was terminated or suspended.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];
}

/// <summary>Ends a process.</summary>
public sealed record Termination
{
    /// <summary>Why, told to the other side.</summary>
    public required string Reason { get; init; }
}
