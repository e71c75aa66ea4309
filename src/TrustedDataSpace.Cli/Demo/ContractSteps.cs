using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>From an offer to an open transfer.</summary>
internal sealed class ContractSteps(DemoSpace space)
{
    private static readonly string[] Products = ["system_demand_48", "load_curve_96"];

    public async Task<string> NegotiateAsync(CancellationToken cancellation)
    {
        foreach (var product in Products)
        {
            space.Agreements[product] = await DemoSpace.AgreeAsync(space.ConsumerManagement, space.Provider.Id, product, cancellation);
        }

        return $"FINALIZED: {string.Join(", ", space.Agreements.Select(agreement => $"{agreement.Key} as {agreement.Value}"))}";
    }

    /// <summary>The catalog hides the offer, so the consumer asks for it with its key alone, past its own connector.</summary>
    public async Task<string> RefuseRegionAsync(CancellationToken cancellation)
    {
        const string Product = "hainan_feeders_96";
        var published = (await space.ProviderManagement.ProductsAsync(cancellation)).Single(product => product.Id == Product);
        var entry = space.Definition.Participants.SelectMany(participant => participant.Products).Single(product => product.Id == Product);
        var offer = JsonNode.Parse(await File.ReadAllBytesAsync(entry.Offer, cancellation))!.AsObject();
        offer["@id"] = published.OfferId;
        offer["target"] = Product;
        var process = await space.Member.RequestContractAsync(
            space.Provider, new PolicyDocument(ProtocolJson.ToElement(offer)), space.Consumer.Url!, cancellation);
        var negotiation = await space.ProviderManagement.NegotiationAsync(process, cancellation);
        var reasons = string.Join("; ", negotiation.Reasons);
        Expect.That(
            negotiation.State == NegotiationStates.Terminated && reasons.Contains("spatial", StringComparison.Ordinal),
            "the negotiation TERMINATED with a reason that names the term spatial",
            $"{negotiation.State} {reasons}");
        return $"TERMINATED: {reasons}";
    }

    public async Task<string> FileAsync(CancellationToken cancellation)
    {
        foreach (var (product, id) in space.Agreements)
        {
            var provider = await space.ProviderManagement.AgreementAsync(id, cancellation);
            Expect.That(provider.Filed, $"the agreement about {product} filed", "not filed");
            var consumer = await space.ConsumerManagement.AgreementAsync(id, cancellation);
            var filed = await space.Operator.AgreementAsync(id, cancellation);
            Expect.Equal(provider.Hash, consumer.Hash, $"the hash of the agreement about {product} at the consumer");
            Expect.Equal(provider.Hash, filed.Hash, $"the hash of the agreement about {product} at the authority");
        }

        return "provider, consumer and authority hold the same two documents, by hash";
    }

    public async Task<string> TransferAsync(CancellationToken cancellation)
    {
        foreach (var product in space.Agreements.Keys)
        {
            await space.StartTransferAsync(product, cancellation);
        }

        return $"STARTED: {string.Join(", ", space.Transfers.Keys)}";
    }
}
