using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>Routes of a service's own signing keys: at a connector and at the authority.</summary>
public static class KeyRoutes
{
    /// <summary>GET <see cref="KeyList"/>.</summary>
    public const string Keys = ManagementRoutes.Base + "/keys";

    /// <summary>POST, no body: begins to replace the signing key; 202 with <see cref="KeyList"/>. With a wait: until the new key signs.</summary>
    public const string Rotation = Keys + "/rotation";

    /// <summary>DELETE: a replaced key's signatures count no more from now on; 204.</summary>
    public const string Key = Keys + "/{id}";
}

/// <summary>The signing keys of a service, newest first.</summary>
/// <param name="Keys">Every key that it has or had.</param>
/// <param name="Problem">Why a rotation that is under way does not go on; null when it does, or there is none.</param>
public sealed record KeyList(IReadOnlyList<KeyView> Keys, string? Problem = null);

/// <summary>A signing key: its public part and how it stands.</summary>
/// <param name="Kid">Its name: the RFC 7638 thumbprint.</param>
/// <param name="State"><c>current</c>: it signs; <c>next</c>: it is published and will sign; <c>retired</c>: it signs no more.</param>
/// <param name="Key">The public part.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SignsFrom">Since when it signs, or from when on it will.</param>
/// <param name="AcceptedUntil">Until when its signatures are accepted; null while no end is set.</param>
public sealed record KeyView(string Kid, string State, Jwk Key, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, DateTimeOffset? AcceptedUntil = null);
