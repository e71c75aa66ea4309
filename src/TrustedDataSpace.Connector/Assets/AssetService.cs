using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Connector.Negotiation;
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
    /// <summary>After every durable change of an asset, with its id: whoever keeps something of it forgets it. Handlers are quick and do not throw.</summary>
    public event Action<string>? Changed;

    /// <summary>
    /// Adds an asset. The same id again replaces what was said about it: so credentials and servers change without a new product. Its
    /// address may become one of its other destinations, so that servers can be replaced one by one.
    /// </summary>
    /// <exception cref="RefusalException">Malformed; Conflict: the id stands for another source, which contracts may already rest on.</exception>
    /// <exception cref="RefusalException">PreconditionFailed: the asset is not as the condition says.</exception>
    public async Task<(AssetView Asset, string Tag)> DefineAsync(AssetDefinition definition, IfMatch? condition = null)
    {
        AssetRules.Check(definition);
        var row = new AssetRow
        {
            Id = definition.Id,
            SourceUrl = new Uri(definition.SourceUrl).AbsoluteUri,
            HeaderNames = Encoding.UTF8.GetString(ProtocolJson.Write(definition.SourceHeaders.Keys.Order(StringComparer.Ordinal).ToList())),
            Headers = keys.Seal(ProtocolJson.Write(definition.SourceHeaders), SealedAs(definition.Id)),
            Source = Json(definition.Source),
            Rules = Json(definition.Rules),
        };
        await database.WriteAsync(unit =>
        {
            var present = AssetStore.Find(unit, row.Id);
            condition?.Require(present is null ? null : TagOf(present));
            if (present is not null && present.SourceUrl != row.SourceUrl && !IsDestination(present, row.SourceUrl))
            {
                throw new RefusalException(RefusalCode.Conflict, $"The asset '{row.Id}' stands for {present.SourceUrl}.")
                {
                    Term = "sourceUrl",
                    Remedy = "give the new source an id of its own and publish a new version of the product",
                };
            }

            AssetStore.Put(unit, row);
            unit.Concerns(row.Id);
            unit.OnCommitted(() => Changed?.Invoke(row.Id));
        });
        return (View(row), TagOf(row));
    }

    /// <summary>One asset, with its entity tag.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public (AssetView Asset, string Tag) Get(string id)
    {
        var row = database.Read(connection => AssetStore.Find(connection, settings.Space.Id, id)) ?? throw NoSuch(id);
        return (View(row), TagOf(row));
    }

    /// <summary>Removes an asset, with its credentials.</summary>
    /// <exception cref="RefusalException">NotFound; Conflict: it is still needed; PreconditionFailed: it is not as the condition says.</exception>
    public Task DeleteAsync(string id, IfMatch? condition = null) => database.WriteAsync(unit =>
    {
        var present = AssetStore.Find(unit, id);
        condition?.Require(present is null ? null : TagOf(present));
        if (present is null)
        {
            throw NoSuch(id);
        }

        if (ProductStore.IsOnAsset(unit, id))
        {
            throw new RefusalException(RefusalCode.Conflict, $"Products on offer need the asset '{id}'.") { Term = "id", Remedy = "withdraw them first: the list of products with asset=ID names them" };
        }

        if (AgreementService.NeedsAsset(unit, id))
        {
            throw new RefusalException(RefusalCode.Conflict, $"Agreements in force need the asset '{id}'.") { Term = "id", Remedy = "end them first, or wait for their end" };
        }

        if (NegotiationService.NeedsAsset(unit, id))
        {
            throw new RefusalException(RefusalCode.Conflict, $"Agreements that are about to be concluded need the asset '{id}'.") { Term = "id", Remedy = "wait for the end of those negotiations, or terminate them" };
        }

        AssetStore.Remove(unit, id);
        unit.Concerns(id);
        unit.OnCommitted(() => Changed?.Invoke(id));
    });

    /// <summary>Refuses to promise anything about an asset that was removed meanwhile.</summary>
    /// <exception cref="RefusalException">Conflict.</exception>
    public static void Require(UnitOfWork unit, string? id)
    {
        if (id is null || AssetStore.Find(unit, id) is null)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The asset '{id}' that this is about was removed.") { Term = "asset", Remedy = "begin again with what is offered now" };
        }
    }

    /// <summary>Assets in the order of their ids.</summary>
    public Page<AssetView> List(PageRequest page) => page.ToPage(
        database.Read(connection => AssetStore.Page(connection, settings.Space.Id, page.After, page.Size + 1)), View, row => row.Id);

    /// <summary>Where requests for the asset go, with the source's credentials. Read afresh: kept by the data plane while it is in use.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public SourceAddress SourceOf(string assetId)
    {
        var row = database.Read(connection => AssetStore.Find(connection, settings.Space.Id, assetId)) ?? throw NoSuch(assetId);
        return new SourceAddress(new Uri(row.SourceUrl), ProtocolJson.Read<Dictionary<string, string>>(keys.Open(row.Headers, SealedAs(row.Id))))
        {
            Source = Parsed<SourceDefinition>(row.Source) ?? new(),
            Rules = Parsed<SourceRulesDefinition>(row.Rules) ?? new(),
        };
    }

    private static bool IsDestination(AssetRow asset, string url) =>
        Parsed<SourceDefinition>(asset.Source)?.Destinations.Any(destination => new Uri(destination).AbsoluteUri == url) == true;

    private static string? Json<T>(T? value)
        where T : class => value is null ? null : Encoding.UTF8.GetString(ProtocolJson.Write(value));

    private static T? Parsed<T>(string? json)
        where T : class => json is null ? null : ProtocolJson.Read<T>(Encoding.UTF8.GetBytes(json));

    private static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no asset '{id}'.");

    // Sealed anew by every change, the headers tell the states apart, and tell nothing else.
    private static string TagOf(AssetRow row) => $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(row.Headers)))[..32]}\"";

    private static AssetView View(AssetRow row) => new()
    {
        Id = row.Id,
        SourceUrl = row.SourceUrl,
        SourceHeaderNames = ProtocolJson.Read<List<string>>(Encoding.UTF8.GetBytes(row.HeaderNames)),
        Source = Parsed<SourceDefinition>(row.Source),
        Rules = Parsed<SourceRulesDefinition>(row.Rules),
    };

    // Sealed headers moved to another row do not open there.
    private static string SealedAs(string id) => "asset:" + id;
}
