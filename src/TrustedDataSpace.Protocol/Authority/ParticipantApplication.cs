using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>A request to join a space. It travels signed: see <see cref="SignedApplication"/>.</summary>
public sealed record ParticipantApplication
{
    /// <summary>The applicant's DID.</summary>
    public required Did Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The code of its region.</summary>
    public required string Region { get; init; }

    /// <summary>The roles it asks for.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>The base URL of its connector.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The key it will sign with.</summary>
    public required Jwk Key { get; init; }

    /// <summary>Who stands behind it; null where the space does not ask.</summary>
    public Organisation? Organisation { get; init; }

    /// <summary>The code of an invite; null without one.</summary>
    public string? Invite { get; init; }

    /// <summary>Redacted: the code is a secret.</summary>
    public override string ToString() => $"ParticipantApplication {{ {Id} }}";
}
