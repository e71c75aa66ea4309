using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>What can be asked for (DCP §6.6.2): each credential type in each profile.</summary>
internal sealed class CredentialObjects(CredentialTypes types, CredentialSigner signer)
{
    private const string Prefix = "urn:tds:credential-object:";

    private readonly Dictionary<string, AskedCredential> byId = types.All
        .SelectMany(type => Enum.GetValues<CredentialProfile>().Select(profile => new AskedCredential(type, profile)))
        .ToDictionary(asked => IdOf(asked), StringComparer.Ordinal);

    /// <summary>What stands behind the id; null when nothing does.</summary>
    public AskedCredential? Find(string id) => byId.GetValueOrDefault(id);

    /// <summary>What the issuer issues.</summary>
    public IssuerMetadata Metadata() => new()
    {
        Issuer = signer.Issuer.Value,
        CredentialsSupported = [.. byId.Values.Select(asked => Describe(asked, "issuance"))],
    };

    /// <summary>An offer of a type, in either profile.</summary>
    public CredentialOfferMessage Offer(CredentialType type, string reason) => new()
    {
        Issuer = signer.Issuer.Value,
        Credentials = [.. byId.Values.Where(asked => asked.Type.Name == type.Name).Select(asked => Describe(asked, reason))],
    };

    private static string IdOf(AskedCredential asked) => $"{Prefix}{asked.Type.Name}:{CredentialSigner.FormOf(asked.Profile)}";

    private CredentialObject Describe(AskedCredential asked, string reason) => new()
    {
        Id = IdOf(asked),
        CredentialType = asked.Type.Name,
        CredentialSchema = signer.SchemaAddress(asked.Type.Name).AbsoluteUri,
        OfferReason = reason,
        BindingMethods = ["did:web"],
        Profile = asked.Profile.WireName(),
    };
}

/// <summary>A credential that can be asked for.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Profile">In which form.</param>
internal sealed record AskedCredential(CredentialType Type, CredentialProfile Profile);
