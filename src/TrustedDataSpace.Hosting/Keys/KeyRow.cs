using System.Text;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>A key as it is stored.</summary>
internal sealed record KeyRow
{
    public const string Current = "current";
    public const string Next = "next";
    public const string Retired = "retired";

    public const string Columns =
        "kid AS Kid, jwk AS Jwk, sealed AS Sealed, state AS State, created_at AS CreatedAt, signs_from AS SignsFrom, accepted_until AS AcceptedUntil";

    public string Kid { get; init; } = "";

    public string Jwk { get; init; } = "";

    /// <summary>Empty once the key has retired.</summary>
    public string Sealed { get; init; } = "";

    public string State { get; init; } = "";

    public long CreatedAt { get; init; }

    public long SignsFrom { get; init; }

    public long? AcceptedUntil { get; init; }

    public static string Write(PublicKey key) => Encoding.UTF8.GetString(ProtocolJson.Write(key.Jwk));

    public PublicKey ReadPublic() => PublicKey.FromJwk(ProtocolJson.Read<Jwk>(Encoding.UTF8.GetBytes(Jwk)));
}
