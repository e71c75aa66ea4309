using System.Collections.Concurrent;
using System.Text;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>The sources behind this connector.</summary>
internal sealed class AssetService(Database database, KeyStore keys, ConnectorSettings settings)
{
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, SourceAddress> opened = new();

    /// <summary>Adds an asset. The same id with the same address replaces its headers: so credentials are changed without a new product.</summary>
    /// <exception cref="RefusalException">Malformed; Conflict: the id stands for another source, which contracts may already rest on.</exception>
    public async Task<AssetView> DefineAsync(AssetDefinition definition)
    {
        AssetRules.Check(definition);
        var row = new AssetRow
        {
            Id = definition.Id,
            SourceUrl = new Uri(definition.SourceUrl).AbsoluteUri,
            HeaderNames = Encoding.UTF8.GetString(ProtocolJson.Write(definition.SourceHeaders.Keys.Order(StringComparer.Ordinal).ToList())),
            Headers = keys.Seal(ProtocolJson.Write(definition.SourceHeaders), SealedAs(definition.Id)),
        };
        await database.WriteAsync(unit =>
        {
            if (AssetStore.Find(unit, row.Id) is { } present && present.SourceUrl != row.SourceUrl)
            {
                throw new RefusalException(RefusalCode.Conflict, $"The asset '{row.Id}' stands for {present.SourceUrl}.")
                {
                    Term = "sourceUrl",
                    Remedy = "give the new source an id of its own and publish a new version of the product",
                };
            }

            AssetStore.Put(unit, row);
            unit.Concerns(row.Id);
            unit.OnCommitted(() => Forget(row.Id));
        });
        return View(row);
    }

    /// <summary>Assets in the order of their ids.</summary>
    public Page<AssetView> List(PageRequest page) => page.ToPage(
        database.Read(connection => AssetStore.Page(connection, settings.Space.Id, page.After, page.Size + 1)), View, row => row.Id);

    /// <summary>Where requests for the asset go, with the source's credentials.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public SourceAddress SourceOf(string assetId) => opened.TryGetValue(assetId, out var known) ? known : Open(assetId);

    // Read and kept under the gate: what was read before a change is kept before it, and forgotten with it.
    private SourceAddress Open(string assetId)
    {
        lock (gate)
        {
            var row = database.Read(connection => AssetStore.Find(connection, settings.Space.Id, assetId))
                ?? throw new RefusalException(RefusalCode.NotFound, $"There is no asset '{assetId}'.");
            var headers = ProtocolJson.Read<Dictionary<string, string>>(keys.Open(row.Headers, SealedAs(row.Id)));
            return opened[assetId] = new SourceAddress(new Uri(row.SourceUrl), headers);
        }
    }

    private void Forget(string assetId)
    {
        lock (gate)
        {
            opened.TryRemove(assetId, out _);
        }
    }

    private static AssetView View(AssetRow row) => new()
    {
        Id = row.Id,
        SourceUrl = row.SourceUrl,
        SourceHeaderNames = ProtocolJson.Read<List<string>>(Encoding.UTF8.GetBytes(row.HeaderNames)),
    };

    // Sealed headers moved to another row do not open there.
    private static string SealedAs(string id) => "asset:" + id;
}
