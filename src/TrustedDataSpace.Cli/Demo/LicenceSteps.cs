using System.Globalization;
using System.Net;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>A licence that an offer asks for: issued as a credential, shown to the provider, and revoked while data flow under it.</summary>
internal sealed class LicenceSteps(DemoSpace space)
{
    private const string Licence = "GridOperatorCredential";
    private const string Product = "licensed_demand";

    private string credential = "";

    /// <summary>The operator issues it; the participant's connector fetches it, and shows it to whoever asks.</summary>
    public async Task<string> IssueAsync(CancellationToken cancellation)
    {
        var issued = await space.Operator.IssueCredentialAsync(
            new CredentialOrder { Type = Licence, Holder = Did.Parse(space.Consumer.Id), Claims = ProtocolJson.Parse("""{"licence":"GD-2026-117","area":"44"}"""u8) }, cancellation);
        credential = issued.Id;
        var request = await Onboarding.FetchCredentialAsync(space.Operator, space.ConsumerManagement, Licence, cancellation);
        Expect.Equal(CredentialRequestStates.Issued, request.State, "the request for the credential");
        return $"{Licence} {credential}: licence GD-2026-117 for area 44, held by the virtual power plant's connector";
    }

    /// <summary>A contract under the licence, a feed under the contract, and the licence revoked.</summary>
    public async Task<string> RevokedAsync(CancellationToken cancellation)
    {
        await space.ProviderManagement.PublishAsync(
            new ProductDefinition
            {
                Id = Product,
                AssetId = "system_demand_48",
                Title = "Half-hourly system demand, for whoever has the licence",
                Policy = ProtocolJson.Parse("""
                    {
                      "@type": "Offer",
                      "permission": [
                        {
                          "action": "use",
                          "constraint": [
                            { "leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["inference"] },
                            { "leftOperand": "tds:claim/licence", "operator": "eq", "rightOperand": "GD-2026-117" }
                          ]
                        }
                      ]
                    }
                    """u8),
            },
            cancellation);
        var agreement = await DemoSpace.AgreeAsync(space.ConsumerManagement, space.Provider.Id, Product, cancellation);
        var application = await space.ConsumerManagement.GrantAsync(
            new ApplicationGrant { Name = "licensed forecast", Agreements = [agreement], Purposes = ["inference"], Person = "Li Wei" }, cancellation);
        var transfer = await space.ConsumerManagement.TransferAsync(agreement, cancellation);
        var (rows, after) = await FollowedFeed.CutAsync(
            space, (agreement, application.Secret), () => space.Operator.RevokeCredentialAsync(credential, "the licence was withdrawn", cancellation), cancellation);
        var refusal = await Expect.RefusalAsync(
            HttpStatusCode.Forbidden, "licence", () => space.Application.FetchAsync(agreement, "", "inference", application.Secret, cancellation));
        await space.ConsumerManagement.CompleteTransferAsync(transfer.Id, cancellation);
        return string.Create(CultureInfo.InvariantCulture, $"{rows} rows had come; cut {after.TotalMilliseconds:0} ms after the revocation; then {refusal}");
    }
}
