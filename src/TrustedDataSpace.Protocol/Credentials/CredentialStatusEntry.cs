using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>
/// Where the status of a credential stands (<c>credentialStatus</c>): Bitstring Status List v1.0 §2.1 and StatusList2021 §2.1, which differ in the type's name.
/// Both types are read with both data models, because peers mix them; which one is written follows from the profile.
/// </summary>
/// <param name="Purpose"><see cref="Revocation"/> or <see cref="Suspension"/>.</param>
/// <param name="Index">The place in the list, from 0.</param>
/// <param name="ListCredential">Where the list is published. Given by the issuer: to be fetched under the egress rule.</param>
public sealed record CredentialStatusEntry(string Purpose, long Index, Uri ListCredential)
{
    /// <summary>A set bit means: it ended for good.</summary>
    public const string Revocation = "revocation";

    /// <summary>A set bit means: it does not hold now.</summary>
    public const string Suspension = "suspension";

    internal const string BitstringType = "BitstringStatusListEntry";
    internal const string List2021Type = "StatusList2021Entry";
    private const int MaxAddress = 2000;

    internal static CredentialStatusEntry Read(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            throw CredentialReader.Refuse("credentialStatus", "an entry is no object");
        }

        // A status that is not understood is none that can be passed over.
        if (CredentialReader.Text(entry, "type") is not (BitstringType or List2021Type))
        {
            throw CredentialReader.Refuse("credentialStatus.type", $"only {BitstringType} and {List2021Type} are understood");
        }

        if (CredentialReader.Text(entry, "statusPurpose") is not (Revocation or Suspension))
        {
            throw CredentialReader.Refuse("credentialStatus.statusPurpose", $"only {Revocation} and {Suspension} are understood");
        }

        if (entry.TryGetProperty("statusSize", out var size) && !(size.ValueKind == JsonValueKind.Number && size.TryGetInt32(out var bits) && bits == 1))
        {
            throw CredentialReader.Refuse("credentialStatus.statusSize", "only one bit for each entry is understood");
        }

        return CredentialReader.Text(entry, "statusListCredential") is { Length: <= MaxAddress } address
            && Uri.TryCreate(address, UriKind.Absolute, out var list)
            && (list.Scheme == Uri.UriSchemeHttps || list.Scheme == Uri.UriSchemeHttp)
            && list.UserInfo.Length == 0
                ? new CredentialStatusEntry(CredentialReader.Text(entry, "statusPurpose")!, ReadIndex(entry), list)
                : throw CredentialReader.Refuse("credentialStatus.statusListCredential", "it is no HTTP address");
    }

    internal JsonObject ToJson(CredentialProfile profile) => new()
    {
        ["id"] = $"{ListCredential.AbsoluteUri}#{Index.ToString(CultureInfo.InvariantCulture)}",
        ["type"] = profile == CredentialProfile.Vc20 ? BitstringType : List2021Type,
        ["statusPurpose"] = Purpose,
        ["statusListIndex"] = Index.ToString(CultureInfo.InvariantCulture),
        ["statusListCredential"] = ListCredential.AbsoluteUri,
    };

    /// <summary>The standard asks for a text; some write a number.</summary>
    private static long ReadIndex(JsonElement entry)
    {
        long index = -1;
        if (entry.TryGetProperty("statusListIndex", out var value))
        {
            index = value.ValueKind switch
            {
                JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
                JsonValueKind.Number when value.TryGetInt64(out var number) => number,
                _ => -1,
            };
        }

        return index >= 0 ? index : throw CredentialReader.Refuse("credentialStatus.statusListIndex", "it is no whole number from 0");
    }
}
