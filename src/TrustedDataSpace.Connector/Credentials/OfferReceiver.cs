using System.Text;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>Takes offers (DCP §6.6) of issuers that are believed here. The last one of each is kept; a person decides whether to ask for what it offers.</summary>
internal sealed class OfferReceiver(Database database, DcpServices services, IPeerAdmission admission)
{
    private const int MostCredentials = 100;
    private const int LongestText = 512;

    /// <summary>Takes an offer.</summary>
    /// <exception cref="RefusalException">Forbidden: another's offer, or of somebody who is not believed here; Malformed: an id that the issuer does not know.</exception>
    public async Task TakeAsync(Did sender, CredentialOfferMessage offer, CancellationToken cancellation)
    {
        if (offer.Issuer != sender.Value || !admission.Knows(sender))
        {
            throw new RefusalException(RefusalCode.Forbidden, "Offers are taken of issuers that are believed here, and from themselves.") { Term = "issuer" };
        }

        if (offer.Credentials.Count is 0 or > MostCredentials)
        {
            throw new RefusalException(RefusalCode.Malformed, $"An offer names 1 to {MostCredentials} credentials.") { Where = "$.credentials" };
        }

        var complete = await CompleteAsync(sender, offer.Credentials, cancellation);
        var views = complete.Select(one => new OfferedCredentialView(one.Id, one.CredentialType, one.Profile, one.OfferReason)).ToList();
        if (views.Exists(view => new[] { view.Id, view.CredentialType, view.Profile, view.OfferReason }.Any(text => text is { Length: 0 or > LongestText })))
        {
            throw new RefusalException(RefusalCode.Malformed, $"The texts of an offer have 1 to {LongestText} characters.") { Where = "$.credentials" };
        }

        var document = Encoding.UTF8.GetString(ProtocolJson.Write(views));
        await database.WriteAsync(unit => CredentialStore.PutOffer(unit, sender.Value, document));
    }

    /// <summary>What an offer names by id alone stands in the issuer's metadata (DCP §6.6.1).</summary>
    private async Task<IReadOnlyList<CredentialObject>> CompleteAsync(Did issuer, IReadOnlyList<CredentialObject> offered, CancellationToken cancellation)
    {
        if (offered.All(one => one.CredentialType is not null))
        {
            return offered;
        }

        IssuerMetadata metadata;
        try
        {
            metadata = await services.MetadataAsync(issuer, cancellation);
        }
        catch (RefusalException refusal)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The offer names ids, and the issuer's metadata cannot be had: {refusal.Message}", refusal) { Where = "$.credentials" };
        }

        return [.. offered.Select(one => one.CredentialType is not null ? one : metadata.CredentialsSupported.FirstOrDefault(known => known.Id == one.Id)
            ?? throw new RefusalException(RefusalCode.Malformed, "The offer names an id that is not in the issuer's metadata.") { Where = "$.credentials" })];
    }
}
