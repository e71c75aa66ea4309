using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>The credential by which an issuer publishes a status list: Bitstring Status List v1.0 §2.2, StatusList2021 §2.2.</summary>
public static class StatusListCredential
{
    /// <summary>The longest list credential that is read, in characters: room for the most entries in any order of bits.</summary>
    public const int MaxLength = 6 * 1024 * 1024;

    private const string BitstringType = "BitstringStatusList";
    private const string List2021Type = "StatusList2021";

    /// <summary>The media type under which a list is published.</summary>
    public static string MediaType(CredentialProfile profile) => profile == CredentialProfile.Vc20 ? "application/vc+jwt" : "application/jwt";

    /// <summary>Signs a list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="publication">Where, by whom and for how long.</param>
    /// <param name="profile">In which form.</param>
    /// <param name="key">The issuer's key.</param>
    public static string Sign(StatusList list, StatusListPublication publication, CredentialProfile profile, SigningKey key)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(publication);
        var type = profile == CredentialProfile.Vc20 ? BitstringType : List2021Type;
        return CredentialJwt.Sign(
            new CredentialContent
            {
                Id = publication.Address.AbsoluteUri,
                Types = [type + "Credential"],
                Issuer = publication.Issuer,
                SubjectId = publication.Address.AbsoluteUri + "#list",
                Claims = new JsonObject { ["type"] = type, ["statusPurpose"] = publication.Purpose, ["encodedList"] = list.Encode(profile) },
                ValidFrom = publication.ValidFrom,
                ValidUntil = publication.ValidUntil,
            },
            profile,
            key);
    }

    /// <summary>Reads the list that says the status of a credential.</summary>
    /// <param name="list">The list's credential, verified.</param>
    /// <param name="credential">The credential that points to it.</param>
    /// <param name="entry">Which of its entries does.</param>
    /// <exception cref="RefusalException">Unauthenticated: it is no such list, another's, or for another purpose.</exception>
    public static StatusList Read(VerifiableCredential list, VerifiableCredential credential, CredentialStatusEntry entry)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(credential);
        ArgumentNullException.ThrowIfNull(entry);

        // Whoever could publish lists for others could bring back what they have revoked.
        if (list.Issuer != credential.Issuer)
        {
            throw CredentialReader.Refuse("credentialStatus.issuer", "the status list is another issuer's");
        }

        if (!list.Is(BitstringType + "Credential") && !list.Is(List2021Type + "Credential"))
        {
            throw CredentialReader.Refuse("credentialStatus.list", "there is no status list at the address");
        }

        // A list can be replayed at another's place: its name is where it must be.
        if (list.Id is not { } id || !Uri.TryCreate(id, UriKind.Absolute, out var address) || address != entry.ListCredential)
        {
            throw CredentialReader.Refuse("credentialStatus.id", "the status list is the one of another address");
        }

        if (CredentialReader.Text(list.Subject, "type") is not (BitstringType or List2021Type))
        {
            throw CredentialReader.Refuse("credentialStatus.list", "its subject is no status list");
        }

        if (!CredentialReader.Texts(list.Subject, "statusPurpose").Contains(entry.Purpose, StringComparer.Ordinal))
        {
            throw CredentialReader.Refuse("credentialStatus.purpose", $"the status list is not for {entry.Purpose}");
        }

        return StatusList.Decode(CredentialReader.Text(list.Subject, "encodedList") ?? throw CredentialReader.Refuse("encodedList", "it is missing"));
    }
}

/// <summary>Where, by whom and for how long a status list is published.</summary>
/// <param name="Address">Where it is, which is also its name.</param>
/// <param name="Issuer">Who publishes it.</param>
/// <param name="Purpose"><see cref="CredentialStatusEntry.Revocation"/> or <see cref="CredentialStatusEntry.Suspension"/>.</param>
/// <param name="ValidFrom">From when on; whole seconds.</param>
/// <param name="ValidUntil">When whoever keeps it must have fetched it anew; whole seconds.</param>
public sealed record StatusListPublication(Uri Address, Did Issuer, string Purpose, DateTimeOffset ValidFrom, DateTimeOffset ValidUntil);
