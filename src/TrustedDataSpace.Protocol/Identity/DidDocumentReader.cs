using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>Reads DID documents of strangers: strict about whose they are and what keys may be used for, tolerant about all that is not used here.</summary>
internal static class DidDocumentReader
{
    private const int MostEntries = 100;

    private static readonly VerificationRelationship[] Relationships = Enum.GetValues<VerificationRelationship>();

    public static DidDocument Read(JsonElement document, Did expected)
    {
        if (document.ValueKind != JsonValueKind.Object)
        {
            throw Refuse("$", "it is no object");
        }

        if (Text(document, "id") is not { } id || id != expected.Value)
        {
            throw Refuse("$.id", $"it is not the one of {expected.Value}");
        }

        var uses = new Dictionary<string, HashSet<VerificationRelationship>>(StringComparer.Ordinal);
        var keys = new Dictionary<string, PublicKey>(StringComparer.Ordinal);
        var agreement = new HashSet<string>(StringComparer.Ordinal);
        var methods = Items(document, "verificationMethod");
        foreach (var method in methods)
        {
            Take(method, expected, keys, agreement, "$.verificationMethod");
        }

        foreach (var use in Relationships)
        {
            var name = DidDocument.NameOf(use);
            foreach (var entry in Items(document, name))
            {
                // A method may stand there in full: then it serves for this use alone (DID Core §5.3).
                var named = entry.ValueKind == JsonValueKind.String ? Full(entry.GetString()!, expected) : Take(entry, expected, keys, agreement, "$." + name);
                // What a key says of itself binds, too: one to encrypt to never verifies, and one to verify with is never encrypted to.
                if (named is not null && (use == VerificationRelationship.KeyAgreement) == agreement.Contains(named))
                {
                    (uses.TryGetValue(named, out var known) ? known : uses[named] = []).Add(use);
                }
            }
        }

        return new DidDocument(
            expected,
            [.. keys.Select(key => new DidKey(key.Key, key.Value, uses.GetValueOrDefault(key.Key) ?? []))],
            [.. Items(document, "service").Select(service => Service(service, expected)).OfType<DidService>()])
        {
            Methods = Math.Max(methods.Length, keys.Count),
        };
    }

    /// <returns>The id of the method if its key can be used here.</returns>
    private static string? Take(JsonElement method, Did expected, Dictionary<string, PublicKey> keys, HashSet<string> agreement, string where)
    {
        if (method.ValueKind != JsonValueKind.Object || Full(Text(method, "id"), expected) is not { } id)
        {
            throw Refuse(where, "a verification method has no id of its own");
        }

        // A key that another DID controls proves nothing about this one.
        if (Text(method, "controller") != expected.Value
            || !method.TryGetProperty("publicKeyJwk", out var value)
            || ProtocolJson.Read<Jwk>(value) is not { Kty: "EC", Crv: "P-256" } jwk)
        {
            return null;
        }

        switch (jwk)
        {
            case { Use: null or "sig", Alg: null or "ES256" }:
                break;
            case { Use: DidKey.AgreementUse, Alg: null or DidKey.AgreementAlgorithm }:
                agreement.Add(id);
                break;
            default:
                return null;
        }

        return keys.TryAdd(id, PublicKey.FromJwk(jwk with { Use = null, Alg = null })) ? id : throw Refuse(where, $"two verification methods are called {id}");
    }

    private static DidService? Service(JsonElement service, Did expected) =>
        service.ValueKind == JsonValueKind.Object
        && Text(service, "id") is { } id
        && Text(service, "type") is { } type
        && Text(service, "serviceEndpoint") is { } endpoint
            ? new DidService(id.StartsWith('#') ? expected.Value + id : id, type, endpoint)
            : null;

    /// <summary>The id in full; null when it is not one of this DID.</summary>
    private static string? Full(string? id, Did did) => id switch
    {
        null => null,
        ['#', _, ..] => did.Value + id,
        _ when id.Length > did.Value.Length + 1 && id.StartsWith(did.Value + "#", StringComparison.Ordinal) => id,
        _ => null,
    };

    private static JsonElement[] Items(JsonElement document, string name)
    {
        if (!document.TryGetProperty(name, out var items))
        {
            return [];
        }

        return items.ValueKind == JsonValueKind.Array && items.GetArrayLength() <= MostEntries
            ? [.. items.EnumerateArray()]
            : throw Refuse("$." + name, $"it is no list of at most {MostEntries}");
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static RefusalException Refuse(string where, string why) => new(RefusalCode.Malformed, $"The DID document cannot be used, {where}: {why}.") { Where = where };
}
