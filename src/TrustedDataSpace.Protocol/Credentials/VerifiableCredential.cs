using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>A W3C Verifiable Credential (data model 2.0 or 1.1), read: what is decided by, beside the whole as it was signed.</summary>
public sealed record VerifiableCredential
{
    /// <summary>The type that every credential has.</summary>
    public const string BaseType = "VerifiableCredential";

    /// <summary>The data model it follows, and so the profile it belongs to.</summary>
    public required CredentialProfile Profile { get; init; }

    /// <summary>Its name: a URI, or whatever its issuer calls it; null when it has none.</summary>
    public string? Id { get; init; }

    /// <summary>All its types, <see cref="BaseType"/> among them.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Who says it.</summary>
    public required Did Issuer { get; init; }

    /// <summary>Whom it is about, where it says so.</summary>
    public string? SubjectId { get; init; }

    /// <summary>What it says: the whole <c>credentialSubject</c>.</summary>
    public required JsonElement Subject { get; init; }

    /// <summary>From when on it is valid; null: at once (allowed by data model 2.0 only).</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>When it ends; null: never.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>Where its status stands; empty: it cannot be revoked.</summary>
    public IReadOnlyList<CredentialStatusEntry> Status { get; init; } = [];

    /// <summary>The schemas that it says it keeps to.</summary>
    public IReadOnlyList<CredentialSchemaReference> Schemas { get; init; } = [];

    /// <summary>The credential as it was signed (of data model 1.1: the <c>vc</c> claim).</summary>
    public required JsonElement Json { get; init; }

    /// <summary>The signed text that it was read from; null: it was read as JSON.</summary>
    public string? SignedText { get; init; }

    /// <summary>Whether it is of that type.</summary>
    public bool Is(string type) => Types.Contains(type, StringComparer.Ordinal);

    /// <summary>Reads a credential as JSON. Nothing is verified by that but its form.</summary>
    /// <exception cref="RefusalException">Malformed; <see cref="RefusalException.Term"/> names the property.</exception>
    public static VerifiableCredential Read(JsonElement credential, CredentialProfile profile) => CredentialReader.Read(credential, profile, JwtDefaults.None);

    /// <summary>Refuses a credential that is not valid at that time.</summary>
    /// <exception cref="RefusalException">Unauthenticated: not yet valid, or no longer.</exception>
    public void RequireValidAt(DateTimeOffset now, TimeSpan leeway)
    {
        if (ValidFrom > now + leeway)
        {
            throw CredentialReader.Refuse(Profile == CredentialProfile.Vc20 ? "validFrom" : "issuanceDate", $"it is not valid before {ValidFrom:u}, it is {now:u}");
        }

        if (ValidUntil <= now - leeway)
        {
            throw CredentialReader.Refuse(Profile == CredentialProfile.Vc20 ? "validUntil" : "expirationDate", $"it ended at {ValidUntil:u}, it is {now:u}");
        }
    }
}

/// <summary>The schema that a credential says it keeps to (<c>credentialSchema</c>).</summary>
/// <param name="Id">Where the schema is.</param>
/// <param name="Type">What kind of schema: <c>JsonSchema</c> (or <c>JsonSchemaValidator2018</c>).</param>
public sealed record CredentialSchemaReference(string Id, string Type);
