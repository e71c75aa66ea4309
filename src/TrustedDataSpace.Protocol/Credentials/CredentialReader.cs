using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>Reads credentials of strangers: strict about all that is decided by, tolerant about what is not.</summary>
internal static partial class CredentialReader
{
    public const string Context20 = "https://www.w3.org/ns/credentials/v2";
    public const string Context11 = "https://www.w3.org/2018/credentials/v1";
    private const int MostEntries = 20;

    public static VerifiableCredential Read(JsonElement credential, CredentialProfile profile, JwtDefaults defaults)
    {
        if (credential.ValueKind != JsonValueKind.Object)
        {
            throw Refuse("credential", "it is no JSON object");
        }

        RequireContext(credential, profile, required: true);
        var types = Texts(credential, "type");
        if (!types.Contains(VerifiableCredential.BaseType, StringComparer.Ordinal))
        {
            throw Refuse("type", $"it is no {VerifiableCredential.BaseType}");
        }

        var subject = Subject(credential);
        var v20 = profile == CredentialProfile.Vc20;
        var from = Time(credential, v20 ? "validFrom" : "issuanceDate") ?? (v20 ? null : defaults.From ?? throw Refuse("issuanceDate", "it is missing"));
        var until = Time(credential, v20 ? "validUntil" : "expirationDate") ?? (v20 ? null : defaults.Until);
        return until < from
            ? throw Refuse(v20 ? "validUntil" : "expirationDate", "it ends before it begins")
            : new VerifiableCredential
            {
                Profile = profile,
                Id = OptionalText(credential, "id") ?? defaults.Id,
                Types = types,
                Issuer = Issuer(credential, v20 ? null : defaults.Issuer),
                SubjectId = OptionalText(subject, "id", "credentialSubject.id") ?? (v20 ? null : defaults.Subject),
                Subject = subject,
                ValidFrom = from,
                ValidUntil = until,
                Status = [.. Items(credential, "credentialStatus").Select(CredentialStatusEntry.Read)],
                Schemas = [.. Items(credential, "credentialSchema").Select(Schema)],
                Json = credential,
            };
    }

    /// <summary>The first context says which data model it is (VC 2.0 §4.3, VC 1.1 §4.1). Others are never fetched, and nothing is decided by them.</summary>
    public static void RequireContext(JsonElement document, CredentialProfile profile, bool required)
    {
        var expected = profile == CredentialProfile.Vc20 ? Context20 : Context11;
        if (!document.TryGetProperty("@context", out var context))
        {
            if (required)
            {
                throw Refuse("@context", "it is missing");
            }

            return;
        }

        var first = context.ValueKind == JsonValueKind.Array && context.GetArrayLength() > 0 ? context[0] : context;
        if (first.ValueKind != JsonValueKind.String || first.GetString() != expected)
        {
            throw Refuse("@context", $"the first must be {expected}");
        }
    }

    /// <summary>A property that is a text or a list of texts.</summary>
    public static IReadOnlyList<string> Texts(JsonElement document, string name)
    {
        var items = Items(document, name);
        return items.Count > 0 && items.All(item => item.ValueKind == JsonValueKind.String && item.GetString()!.Length > 0)
            ? [.. items.Select(item => item.GetString()!)]
            : throw Refuse(name, "it is no text and no list of texts");
    }

    /// <summary>A property that is one value or a list of values.</summary>
    public static IReadOnlyList<JsonElement> Items(JsonElement document, string name)
    {
        if (!document.TryGetProperty(name, out var value))
        {
            return [];
        }

        IReadOnlyList<JsonElement> items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Take(MostEntries + 1)] : [value];
        return items.Count <= MostEntries ? items : throw Refuse(name, $"it has more than {MostEntries} entries");
    }

    public static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static RefusalException Refuse(string term, string why, Exception? inner = null) =>
        new(RefusalCode.Unauthenticated, $"The credential is refused, {term}: {why}.", inner) { Term = term, Remedy = "Ask its issuer for a credential that is valid now, and send it as it was issued." };

    /// <summary>A time of XML Schema with its zone (VC 2.0 §4.9). Digits beyond 100 ns are cut off: there are issuers that write nanoseconds.</summary>
    internal static DateTimeOffset? Time(JsonElement document, string name)
    {
        if (!document.TryGetProperty(name, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var match = TimePattern().Match(text);
        return match.Success
            && DateTimeOffset.TryParseExact(
                $"{match.Groups[1].Value}{match.Groups[2].Value}{match.Groups[3].Value}",
                ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"],
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var time)
                ? time.ToUniversalTime()
                : throw Refuse(name, "it is no time with its zone, such as 2026-05-12T08:00:00Z");
    }

    private static Did Issuer(JsonElement credential, string? claimed)
    {
        var text = credential.TryGetProperty("issuer", out var issuer)
            ? issuer.ValueKind == JsonValueKind.Object ? Text(issuer, "id") : issuer.ValueKind == JsonValueKind.String ? issuer.GetString() : null
            : claimed;
        return Did.TryParse(text, out var did) ? did : throw Refuse("issuer", "it is no did:web identifier");
    }

    private static JsonElement Subject(JsonElement credential)
    {
        // Claims about several subjects in one credential would leave open whose is whose.
        var subjects = Items(credential, "credentialSubject");
        return subjects.Count == 1 && subjects[0].ValueKind == JsonValueKind.Object ? subjects[0] : throw Refuse("credentialSubject", "it is not one object");
    }

    private static CredentialSchemaReference Schema(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && Text(schema, "id") is { Length: > 0 } id && Text(schema, "type") is { Length: > 0 } type
            ? new CredentialSchemaReference(id, type)
            : throw Refuse("credentialSchema", "an entry lacks id or type");

    private static string? OptionalText(JsonElement document, string name, string? term = null)
    {
        if (!document.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : throw Refuse(term ?? name, "it is no text");
    }

    [GeneratedRegex(@"\A([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:(\.[0-9]{1,7})[0-9]{0,20})?(Z|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex TimePattern();
}

/// <summary>What the claims around a credential of data model 1.1 say in place of its own properties (VC 1.1 §6.3.1).</summary>
internal sealed record JwtDefaults(string? Id, string? Issuer, string? Subject, DateTimeOffset? From, DateTimeOffset? Until)
{
    public static JwtDefaults None { get; } = new(null, null, null, null, null);
}
