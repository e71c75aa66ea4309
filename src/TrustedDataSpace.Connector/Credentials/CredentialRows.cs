using System.Text;
using System.Text.Json;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>A row of the table <c>held_credentials</c>.</summary>
internal sealed record HeldRow
{
    public string Id { get; init; } = "";

    public string RequestId { get; init; } = "";

    public string Issuer { get; init; } = "";

    /// <summary>The credential's own name; null when it has none.</summary>
    public string? CredentialId { get; init; }

    /// <summary>Its types, separated by spaces.</summary>
    public string Types { get; init; } = "";

    /// <summary>Wire name of the profile.</summary>
    public string Profile { get; init; } = "";

    public long? ValidUntil { get; init; }

    public long ReceivedAt { get; init; }

    public string Sealed { get; init; } = "";

    public string[] TypeList => Types.Split(' ');

    /// <summary>What the sealed text was sealed for.</summary>
    public static string Context(string id) => "credential:" + id;

    public HeldCredential View() => new()
    {
        Id = Id,
        Request = RequestId,
        Issuer = Issuer,
        CredentialId = CredentialId,
        Types = TypeList,
        Profile = Profile,
        ValidUntil = ValidUntil is { } until ? DateTimeOffset.FromUnixTimeMilliseconds(until) : null,
        ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(ReceivedAt),
    };
}

/// <summary>A row of the table <c>credential_requests</c>.</summary>
internal sealed record RequestRow
{
    public string HolderPid { get; init; } = "";

    public string Issuer { get; init; } = "";

    /// <summary>The ids that are asked for, a JSON list.</summary>
    public string Credentials { get; init; } = "[]";

    public string? SealedCode { get; init; }

    public string State { get; init; } = "";

    public string? IssuerPid { get; init; }

    public string? Reason { get; init; }

    public long RequestedAt { get; init; }

    public long ChangedAt { get; init; }

    public string[] CredentialIds => JsonSerializer.Deserialize<string[]>(Credentials)!;

    /// <summary>What the code was sealed for.</summary>
    public static string Context(string holderPid) => "credential-request:" + holderPid;

    public CredentialRequestView View() => new()
    {
        Id = HolderPid,
        Issuer = Issuer,
        Credentials = CredentialIds,
        State = State,
        IssuerPid = IssuerPid,
        Reason = Reason,
        RequestedAt = DateTimeOffset.FromUnixTimeMilliseconds(RequestedAt),
        ChangedAt = DateTimeOffset.FromUnixTimeMilliseconds(ChangedAt),
    };
}

/// <summary>A row of the table <c>credential_offers</c>.</summary>
internal sealed record OfferRow
{
    public string Issuer { get; init; } = "";

    /// <summary>A JSON list of <see cref="OfferedCredentialView"/>.</summary>
    public string Credentials { get; init; } = "[]";

    public long ReceivedAt { get; init; }

    public CredentialOfferView View() => new()
    {
        Issuer = Issuer,
        Credentials = ProtocolJson.Read<List<OfferedCredentialView>>(Encoding.UTF8.GetBytes(Credentials)),
        ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(ReceivedAt),
    };
}
