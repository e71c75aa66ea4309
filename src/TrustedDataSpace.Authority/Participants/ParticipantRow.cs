using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>A participant as it is stored.</summary>
internal sealed record ParticipantRow
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public string Region { get; init; } = "";

    public string Roles { get; init; } = "";

    public string Endpoint { get; init; } = "";

    public string Jwk { get; init; } = "";

    public string State { get; init; } = "";

    public string? Credential { get; init; }

    public long? CredentialEnds { get; init; }

    public string? Organisation { get; init; }

    public bool IsActive => State == ParticipantStates.Active;

    /// <summary>Asked to join and never was a member: nobody's business but the operator's.</summary>
    public bool IsApplicant => State == ParticipantStates.Applied || WasTurnedAway;

    /// <summary>The operator said no. A member that is suspended keeps the end of its credential.</summary>
    public bool WasTurnedAway => State is ParticipantStates.Suspended or ParticipantStates.Left && CredentialEnds is null;

    public IReadOnlyList<string> RoleList => ProtocolJson.Read<IReadOnlyList<string>>(System.Text.Encoding.UTF8.GetBytes(Roles));

    public PublicKey Key => PublicKey.FromJwk(ReadJwk());

    /// <summary>The record for others; credential and organisation are for the member itself and the operator.</summary>
    public Participant ToParticipant(bool privately) => new()
    {
        Id = Did.Parse(Id),
        Name = Name,
        Region = Region,
        Roles = RoleList,
        Endpoint = new Uri(Endpoint),
        Key = ReadJwk(),
        State = State,
        Credential = privately ? Credential : null,
        Organisation = privately ? ReadOrganisation() : null,
    };

    /// <summary>Who stands behind it; null if it has not said.</summary>
    public Organisation? ReadOrganisation() => Organisation is null ? null : ProtocolJson.Read<Organisation>(System.Text.Encoding.UTF8.GetBytes(Organisation));

    private Jwk ReadJwk() => ProtocolJson.Read<Jwk>(System.Text.Encoding.UTF8.GetBytes(Jwk));
}
