namespace TrustedDataSpace.Protocol.Management;

/// <summary>A credential that this participant holds, without the credential itself.</summary>
public sealed record HeldCredential
{
    /// <summary>Its id here.</summary>
    public required string Id { get; init; }

    /// <summary>The request that it answered.</summary>
    public required string Request { get; init; }

    /// <summary>DID of its issuer.</summary>
    public required string Issuer { get; init; }

    /// <summary>Its own name; null when it has none.</summary>
    public string? CredentialId { get; init; }

    /// <summary>Its types.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Its profile, such as <c>vc20-bssl/jwt</c>.</summary>
    public required string Profile { get; init; }

    /// <summary>When it ends; null: never.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>Asks an issuer for credentials.</summary>
public sealed record CredentialRequestStart
{
    /// <summary>DID of the issuer; null: the authority of the space.</summary>
    public string? Issuer { get; init; }

    /// <summary>What is asked for, by the ids of the issuer's metadata or offer; 1 to 20.</summary>
    public required IReadOnlyList<string> Credentials { get; init; }

    /// <summary>The code by which the issuer has authorised the request beforehand; null without one. Shown to the issuer alone and kept sealed until then.</summary>
    public string? PreAuthorizedCode { get; init; }
}

/// <summary>A request for credentials.</summary>
public sealed record CredentialRequestView
{
    /// <summary>Its id, which the issuer knows as <c>holderPid</c>.</summary>
    public required string Id { get; init; }

    /// <summary>DID of the issuer.</summary>
    public required string Issuer { get; init; }

    /// <summary>What is asked for.</summary>
    public required IReadOnlyList<string> Credentials { get; init; }

    /// <summary>One of <see cref="CredentialRequestStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>The issuer's name for it, once it is known.</summary>
    public string? IssuerPid { get; init; }

    /// <summary>Why there are no credentials.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>When its state last changed.</summary>
    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>How a request for credentials stands.</summary>
public static class CredentialRequestStates
{
    /// <summary>The issuer has not taken it yet.</summary>
    public const string Requested = "requested";

    /// <summary>The issuer has it.</summary>
    public const string Received = "received";

    /// <summary>The credentials are here.</summary>
    public const string Issued = "issued";

    /// <summary>The issuer gives none.</summary>
    public const string Rejected = "rejected";
}

/// <summary>What an issuer has offered last.</summary>
public sealed record CredentialOfferView
{
    /// <summary>DID of the issuer.</summary>
    public required string Issuer { get; init; }

    /// <summary>What it offers.</summary>
    public required IReadOnlyList<OfferedCredentialView> Credentials { get; init; }

    /// <summary>When the offer came.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>A credential that can be asked for.</summary>
/// <param name="Id">Its id at the issuer.</param>
/// <param name="CredentialType">Its type.</param>
/// <param name="Profile">Its profile.</param>
/// <param name="OfferReason">Why it is offered.</param>
public sealed record OfferedCredentialView(string Id, string? CredentialType = null, string? Profile = null, string? OfferReason = null);
