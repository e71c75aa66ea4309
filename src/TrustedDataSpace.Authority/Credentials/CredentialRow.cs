using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>A credential as it is stored: what it says, and how it stands. It is signed anew for each delivery.</summary>
internal sealed record CredentialRow
{
    public const string Columns =
        "id AS Id, type AS Type, holder AS Holder, claims AS Claims, valid_from AS ValidFrom, valid_until AS ValidUntil, status_list AS StatusList, status_index AS StatusIndex, state AS State, reason AS Reason";

    public string Id { get; init; } = "";

    public string Type { get; init; } = "";

    public string Holder { get; init; } = "";

    public string Claims { get; init; } = "";

    public long ValidFrom { get; init; }

    public long ValidUntil { get; init; }

    public long StatusList { get; init; }

    public long StatusIndex { get; init; }

    public string State { get; init; } = "";

    public string? Reason { get; init; }

    public DateTimeOffset From => DateTimeOffset.FromUnixTimeSeconds(ValidFrom);

    public DateTimeOffset Until => DateTimeOffset.FromUnixTimeSeconds(ValidUntil);

    /// <summary>Whether it can still be shown at that time: neither revoked nor over.</summary>
    public bool IsAlive(DateTimeOffset now) => State != CredentialStates.Revoked && now < Until;

    public JsonObject ReadClaims() => JsonNode.Parse(Claims)!.AsObject();

    public IssuedCredential ToRecord() => new()
    {
        Id = Id,
        Type = Type,
        Holder = Did.Parse(Holder),
        Claims = ProtocolJson.Parse(Encoding.UTF8.GetBytes(Claims)),
        ValidFrom = From,
        ValidUntil = Until,
        State = State,
        StatusList = StatusList,
        StatusIndex = StatusIndex,
        Reason = Reason,
    };

    public static string Write(JsonElement claims) => Encoding.UTF8.GetString(CanonicalJson.Bytes(claims));
}
