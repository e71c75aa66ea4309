using System.Text.Json;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>Version document and catalog.</summary>
internal static class CatalogCases
{
    public static IReadOnlyList<KitCase> All { get; } =
    [
        new("MET:01-01", async kit =>
        {
            var reply = await kit.Client.GetAsync(kit.Settings.BaseUrl + DspRoutes.VersionDocument);
            var document = ProtocolJson.Read<VersionDocument>(reply.Body);
            Expect(document.PathOf(DspConstants.Version) is not null, $"Version {DspConstants.Version} is not offered: {reply.Text}");
            kit.Judge(kit.Specification.Fault(reply.Body) is null, $"The version document is not valid: {reply.Text}");
            kit.Judge(kit.Settings.BaseUrl + document.PathOf(DspConstants.Version) == kit.Settings.ConnectorUrl, "The path does not lead to the connector");
        }),
        new("CAT:01-01", async kit =>
        {
            var reply = await kit.Client.PostAsync(kit.Settings.ConnectorUrl + DspRoutes.Catalog, Kit.Message("CatalogRequestMessage"));
            kit.Require(reply.Body, "Catalog");
            var dataset = kit.Settings.Of("CAT:01-01", "DATASETID");
            Expect(
                reply.Body.TryGetProperty("dataset", out var sets) && sets.EnumerateArray().Any(set => IdOf(set) == dataset),
                $"The catalog does not have {dataset}: {reply.Text}");
            kit.Judge(reply.Body.TryGetProperty("service", out _), "The catalog has no service");
            kit.Judge(reply.MediaType == "application/json", $"The catalog is {reply.MediaType}");
        }),
        new("CAT:01-02", async kit =>
        {
            var dataset = kit.Settings.Of("CAT:01-02", "DATASETID");
            var reply = await kit.Client.GetAsync(kit.Settings.ConnectorUrl + DspRoutes.Dataset(dataset));
            kit.Require(reply.Body, "Dataset");
            Expect(IdOf(reply.Body) == dataset, $"This is not {dataset}: {reply.Text}");
        }),
        new("CAT:01-03", async kit =>
        {
            var reply = await kit.Client.AskAsync(kit.Settings.ConnectorUrl + DspRoutes.Dataset(kit.Settings.Of("CAT:01-03", "DATASETID")));
            kit.Require(reply.Body, "CatalogError");
            kit.Judge(reply.Status == 404, $"A dataset that is not there was answered {reply.Status}, not 404");
        }),
    ];

    private static string? IdOf(JsonElement document) => document.TryGetProperty("@id", out var id) ? id.GetString() : null;

    private static void Expect(bool isSo, string failure)
    {
        if (!isSo)
        {
            throw new KitFailureException(failure);
        }
    }
}
