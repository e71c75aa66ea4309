using System.Globalization;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>A credential that is to be issued, in whichever data model.</summary>
public sealed record CredentialContent
{
    /// <summary>Its name, a URI.</summary>
    public required string Id { get; init; }

    /// <summary>Its types besides <see cref="VerifiableCredential.BaseType"/>.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Who says it.</summary>
    public required Did Issuer { get; init; }

    /// <summary>Whom it is about: a DID, or another URI.</summary>
    public required string SubjectId { get; init; }

    /// <summary>What it says about the subject.</summary>
    public required JsonObject Claims { get; init; }

    /// <summary>From when on it is valid; whole seconds.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>When it ends; whole seconds.</summary>
    public required DateTimeOffset ValidUntil { get; init; }

    /// <summary>Contexts of its terms, after the one of the data model.</summary>
    public IReadOnlyList<string> Contexts { get; init; } = [];

    /// <summary>Where its status will stand.</summary>
    public IReadOnlyList<CredentialStatusEntry> Status { get; init; } = [];

    /// <summary>The JSON schema that it keeps to.</summary>
    public Uri? Schema { get; init; }

    /// <summary>The credential as JSON, unsigned.</summary>
    internal JsonObject ToJson(CredentialProfile profile)
    {
        var v20 = profile == CredentialProfile.Vc20;
        var subject = new JsonObject { ["id"] = SubjectId };
        foreach (var (name, value) in Claims.Where(claim => claim.Key != "id"))
        {
            subject[name] = value?.DeepClone();
        }

        var json = new JsonObject
        {
            ["@context"] = new JsonArray([v20 ? CredentialReader.Context20 : CredentialReader.Context11, .. Contexts.Select(context => JsonValue.Create(context))]),
            ["id"] = Id,
            ["type"] = new JsonArray([VerifiableCredential.BaseType, .. Types.Select(type => JsonValue.Create(type))]),
            ["issuer"] = Issuer.Value,
            [v20 ? "validFrom" : "issuanceDate"] = Text(ValidFrom),
            [v20 ? "validUntil" : "expirationDate"] = Text(ValidUntil),
            ["credentialSubject"] = subject,
        };
        if (Status.Count > 0)
        {
            json["credentialStatus"] = Status.Count == 1 ? Status[0].ToJson(profile) : new JsonArray([.. Status.Select(entry => entry.ToJson(profile))]);
        }

        if (Schema is not null)
        {
            json["credentialSchema"] = new JsonObject { ["id"] = Schema.AbsoluteUri, ["type"] = v20 ? "JsonSchema" : "JsonSchemaValidator2018" };
        }

        return json;
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
