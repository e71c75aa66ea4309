using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>A participant as the authority knows it.</summary>
public sealed record Participant
{
    /// <summary>Its DID.</summary>
    public required Did Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The code of its region.</summary>
    public required string Region { get; init; }

    /// <summary>Its roles in the space.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>The base URL of its connector.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The key it proved to hold.</summary>
    public required Jwk Key { get; init; }

    /// <summary>Keys that it used before; what they have signed is verified with them. Shown where one participant is asked for.</summary>
    public IReadOnlyList<FormerKey> FormerKeys { get; init; } = [];

    /// <summary>One of <see cref="ParticipantStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>Who stands behind it; shown to itself and the operator only.</summary>
    public Organisation? Organisation { get; init; }

    /// <summary>Its membership credential; shown to itself and the operator only.</summary>
    public string? Credential { get; init; }
}
