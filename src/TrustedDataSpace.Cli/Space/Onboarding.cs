using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Space;

/// <summary>What the people of a new space do first: the operator admits, the providers publish. Doing it again changes nothing.</summary>
internal static class Onboarding
{
    /// <summary>Admits a participant whose connector has applied, unless it is a member, and waits until the connector knows.</summary>
    /// <exception cref="CannotStartException">It is suspended, or its connector does not become active.</exception>
    public static async Task<ConnectorStatus> AdmitAsync(AuthorityOperatorClient authority, ManagementClient connector, string id, CancellationToken cancellation)
    {
        var applicant = await Eventually.AskAsync(() => authority.FindParticipantAsync(id, cancellation), found => found is not null, cancellation);
        if (applicant is { State: ParticipantStates.Applied })
        {
            await authority.AdmitAsync(id, cancellation);
        }

        var status = await connector.StatusAsync(cancellation);
        if (status.Membership == ParticipantStates.Active && status.PolicyRevision is not null)
        {
            await FetchMembershipAsync(authority, connector, id, cancellation);
            return status;
        }

        throw new CannotStartException($"The connector of {id} does not become an active member: its membership is '{status.Membership}', its policies are '{status.PolicyRevision ?? "none"}'. The logs folder of the space says more.");
    }

    // What the connector shows to others (DCP): asked of the authority's issuer once.
    private static async Task FetchMembershipAsync(AuthorityOperatorClient authority, ManagementClient connector, string id, CancellationToken cancellation)
    {
        if ((await connector.CredentialsAsync(cancellation)).Any(held => held.Types.Contains(CredentialOptions.Membership)))
        {
            return;
        }

        var request = await FetchCredentialAsync(authority, connector, CredentialOptions.Membership, cancellation);
        if (request.State != CredentialRequestStates.Issued)
        {
            throw new CannotStartException($"{id} has no credential of its membership: the request is {request.State}. {request.Reason}");
        }
    }

    /// <summary>Has a connector ask the authority's issuer for its credential of that type (DCP), and waits for what comes of it.</summary>
    public static async Task<CredentialRequestView> FetchCredentialAsync(AuthorityOperatorClient authority, ManagementClient connector, string type, CancellationToken cancellation)
    {
        var offered = (await authority.IssuerMetadataAsync(cancellation)).CredentialsSupported.First(one => one.CredentialType == type && one.Profile == CredentialProfile.Vc20.WireName());
        return await connector.RequestCredentialsAsync([offered.Id], cancellation);
    }

    /// <summary>Adds assets and publishes products.</summary>
    /// <returns>The products as published.</returns>
    public static async Task<IReadOnlyList<ProductView>> PublishAsync(
        ManagementClient connector, ParticipantDefinition participant, string sourceUrl, string sourceCredential, CancellationToken cancellation)
    {
        foreach (var asset in participant.Assets)
        {
            await connector.AddAssetAsync(
                new AssetDefinition
                {
                    Id = asset.Id,
                    SourceUrl = sourceUrl + asset.Path,
                    SourceHeaders = new Dictionary<string, string> { [SourceApi.CredentialHeader] = sourceCredential },
                    Rules = asset.Methods.Count == 0 ? null : new() { Methods = asset.Methods },
                },
                cancellation);
        }

        var published = new List<ProductView>();
        foreach (var product in participant.Products)
        {
            published.Add(await connector.PublishAsync(Definition(product), cancellation));
        }

        return published;
    }

    private static ProductDefinition Definition(ProductEntry product) => new()
    {
        Id = product.Id,
        AssetId = product.Asset,
        Title = product.Title,
        Description = product.Description,
        Keywords = product.Keywords,
        Classification = product.Classification,
        Policy = ProtocolJson.Parse(File.ReadAllBytes(product.Offer)),
    };
}
