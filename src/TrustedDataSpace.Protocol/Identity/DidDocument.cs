using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Identity;

/// <summary>What a DID document (DID Core 1.0) says about keys and services, as far as it is understood here.</summary>
/// <param name="Id">The DID that it is about.</param>
/// <param name="Keys">Its P-256 keys. Keys of other kinds are passed over.</param>
/// <param name="Services">Its services with a plain address. Others are passed over.</param>
public sealed record DidDocument(Did Id, IReadOnlyList<DidKey> Keys, IReadOnlyList<DidService> Services)
{
    private const string DidContext = "https://www.w3.org/ns/did/v1";
    private const string KeyContext = "https://w3id.org/security/suites/jws-2020/v1";
    private const string KeyType = "JsonWebKey2020";

    /// <summary>The key of that name, if it may be used for that; null when the document does not say so.</summary>
    /// <param name="kid">Name: the full id of its verification method, that id's fragment, or the <c>kid</c> of the key itself.</param>
    /// <param name="use">What for.</param>
    /// <returns>The key, under the name that was asked for.</returns>
    public PublicKey? Find(string kid, VerificationRelationship use)
    {
        ArgumentNullException.ThrowIfNull(kid);
        return Keys.FirstOrDefault(key => key.Uses.Contains(use) && (key.Id == kid || key.Id == Id.Value + "#" + kid || key.Key.Kid == kid)) is { } found
            ? found.Key.Named(kid)
            : null;
    }

    /// <summary>How many verification methods the document lists, those that are of no use here among them.</summary>
    public int Methods { get; init; } = Keys.Count;

    /// <summary>The only key there is, if it may be used for that; null when there are several methods, or it serves for something else.</summary>
    public PublicKey? Sole(VerificationRelationship use) => Methods == 1 && Keys is [var only] && only.Uses.Contains(use) ? only.Key : null;

    /// <summary>The address of the first service of that type; null when there is none.</summary>
    public string? EndpointOf(string type) => Services.FirstOrDefault(service => service.Type == type)?.Endpoint;

    /// <summary>The key that others encrypt to: the first one named for that; null when there is none.</summary>
    public PublicKey? AgreementKey => Keys.FirstOrDefault(key => key.Uses.Contains(VerificationRelationship.KeyAgreement))?.Key;

    /// <summary>Reads a document.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="expected">Whose it must be.</param>
    /// <exception cref="RefusalException">Malformed: it is none, it is another's, or it shows a private key.</exception>
    public static DidDocument Read(ReadOnlySpan<byte> utf8, Did expected) => DidDocumentReader.Read(ProtocolJson.Parse(utf8), expected);

    /// <summary>The document as JSON-LD.</summary>
    public JsonObject ToJson()
    {
        var document = new JsonObject
        {
            ["@context"] = new JsonArray(DidContext, KeyContext),
            ["id"] = Id.Value,
            ["verificationMethod"] = new JsonArray([.. Keys.Select(key => new JsonObject
            {
                ["id"] = key.Id,
                ["type"] = KeyType,
                ["controller"] = Id.Value,
                ["publicKeyJwk"] = JsonSerializer.SerializeToNode(key.Jwk, ProtocolJson.Options),
            })]),
        };
        foreach (var use in Enum.GetValues<VerificationRelationship>().Where(use => use != VerificationRelationship.KeyAgreement || AgreementKey is not null))
        {
            document[NameOf(use)] = new JsonArray([.. Keys.Where(key => key.Uses.Contains(use)).Select(key => JsonValue.Create(key.Id))]);
        }

        if (Services.Count > 0)
        {
            // DSP §4.4: each entry names both contexts.
            document["service"] = new JsonArray([.. Services.Select(service => new JsonObject
            {
                ["@context"] = new JsonArray(DspConstants.Context, DidContext),
                ["id"] = service.Id,
                ["type"] = service.Type,
                ["serviceEndpoint"] = service.Endpoint,
            })]);
        }

        return document;
    }

    internal static string NameOf(VerificationRelationship use) => JsonNamingPolicy.CamelCase.ConvertName(use.ToString());
}

/// <summary>A key of a DID document.</summary>
/// <param name="Id">Id of its verification method, in full.</param>
/// <param name="Key">The key.</param>
/// <param name="Uses">What it may be used for.</param>
public sealed record DidKey(string Id, PublicKey Key, IReadOnlyCollection<VerificationRelationship> Uses)
{
    internal const string AgreementUse = "enc";
    internal const string AgreementAlgorithm = "ECDH-ES";

    internal Jwk Jwk => Uses.Contains(VerificationRelationship.KeyAgreement) ? Key.Jwk with { Use = AgreementUse, Alg = AgreementAlgorithm } : Key.Jwk;
}

/// <summary>A service of a DID document.</summary>
/// <param name="Id">Its id, in full.</param>
/// <param name="Type">Its type, such as <see cref="CatalogService"/>.</param>
/// <param name="Endpoint">Its address.</param>
public sealed record DidService(string Id, string Type, string Endpoint)
{
    /// <summary>The type of a catalog: the address is that of its base (DSP §4.4).</summary>
    public const string CatalogService = "CatalogService";

    /// <summary>The type of a connector: the address is that of its version document (DSP §4.4).</summary>
    public const string DataService = "DataService";
}
