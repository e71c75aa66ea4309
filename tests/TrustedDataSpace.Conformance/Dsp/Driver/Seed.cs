using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Negotiation;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>What the kit expects to find: datasets with an offer each, and agreements that were made before.</summary>
internal static class Seed
{
    /// <summary>The datasets of the catalog tests; the third must not be there.</summary>
    public static IReadOnlyList<string> CatalogDatasets { get; } = ["CAT0101", "CAT0102", "CAT0103"];

    private const string Asset = "source";
    private const string Terms = """{"permission":[{"action":"use"}]}""";

    /// <summary>Publishes the products. Nobody but the driver takes a step about them.</summary>
    /// <returns>The offer of each dataset.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> ProductsAsync(ManagementApi management, CancellationToken cancellation)
    {
        // Nothing listens there: no test of the kit moves data.
        await management.PostAsync<object>(ManagementRoutes.Assets, new AssetDefinition { Id = Asset, SourceUrl = "http://127.0.0.1:9/" }, cancellation);
        var offers = new Dictionary<string, string>();
        foreach (var dataset in CatalogDatasets.Take(2).Concat(ConnectorScripts.All.Where(script => script is { IsTransfer: false, IsProvider: true }).Select(script => script.Subject)))
        {
            var product = await management.PostAsync<ProductView>(
                ManagementRoutes.Products,
                new ProductDefinition
                {
                    Id = dataset,
                    AssetId = Asset,
                    Title = dataset,
                    Policy = ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes(Terms)),
                    Negotiation = NegotiationModes.Manual,
                    Transfers = NegotiationModes.Manual,
                },
                cancellation);
            offers[dataset] = product.OfferId;
        }

        return offers;
    }

    /// <summary>Puts the agreements where finalized negotiations would have put them. No interface does this: an agreement comes from a negotiation.</summary>
    public static async Task AgreementsAsync(IServiceProvider connector)
    {
        var agreements = connector.GetRequiredService<AgreementService>();
        foreach (var script in ConnectorScripts.All.Where(script => script.IsTransfer && agreements.Find(script.Subject) is null))
        {
            await connector.GetRequiredService<Database>().WriteAsync(unit =>
            {
                agreements.Conclude(unit, Conclusion(script, unit.Now));
                agreements.RecordFiling(unit, script.Subject, refusal: null);
            });
        }
    }

    private static Conclusion Conclusion(ConnectorScript script, DateTimeOffset now)
    {
        var offer = PolicyDocument.Parse($$"""{"@type":"Offer","@id":"offer:{{script.Subject}}",{{Terms[1..]}}""");
        var (provider, consumer) = script.IsProvider ? (DriverHost.Participant, Kit.Kit.Participant) : (Kit.Kit.Participant, DriverHost.Participant);
        return new Conclusion
        {
            Role = script.IsProvider ? DspRole.Provider : DspRole.Consumer,
            Agreement = ContractTerms.Agree(offer, script.Subject, CatalogDatasets[0], provider, consumer, now),
            AssetId = script.IsProvider ? Asset : null,
            Classification = "general",
            Transfers = new TransferTerms(Manual: true, Finite: false, Formats: null),
        };
    }
}
