using System.Text;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>A row of the table <c>products</c>: one version.</summary>
internal sealed record ProductRow
{
    public const string Columns =
        "p.id AS Id, p.version AS Version, p.asset_id AS AssetId, p.title AS Title, p.description AS Description, p.keywords AS Keywords, "
        + "p.classification AS Classification, p.offer_id AS OfferId, p.offer AS Offer, p.definition_hash AS DefinitionHash, "
        + "p.negotiation AS Negotiation, p.transfers AS Transfers, p.formats AS Formats, p.finite AS Finite, p.allow_bearer AS AllowBearer, p.catalog AS Catalog, p.published_at AS PublishedAt, p.registration_refusal AS RegistrationRefusal";

    public string Id { get; init; } = "";

    public long Version { get; init; }

    public string AssetId { get; init; } = "";

    public string Title { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>JSON array.</summary>
    public string Keywords { get; init; } = "";

    public string Classification { get; init; } = "";

    public string OfferId { get; init; } = "";

    /// <summary>The offer document.</summary>
    public string Offer { get; init; } = "";

    public string Negotiation { get; init; } = "";

    public string Transfers { get; init; } = "";

    /// <summary>JSON array.</summary>
    public string Formats { get; init; } = "";

    public long Finite { get; init; }

    public long AllowBearer { get; init; }

    /// <summary>Name of the nested catalog; empty: the root.</summary>
    public string Catalog { get; init; } = "";

    /// <summary>Hash over what the provider sent: the same again is no new version.</summary>
    public string DefinitionHash { get; init; } = "";

    public long PublishedAt { get; init; }

    /// <summary>Why the catalog of the space does not show it; null: it does, or will.</summary>
    public string? RegistrationRefusal { get; init; }

    /// <summary>What people and programs find it by.</summary>
    public IReadOnlyList<string> Terms() => ProductTerms.Of(Title, Description, List(Keywords), Classification);

    public ProductOffer ToOffer(CompiledOffer offer) => new()
    {
        ProductId = Id,
        Version = Version,
        AssetId = AssetId,
        Title = Title,
        Description = Description,
        Keywords = List(Keywords),
        Classification = Classification,
        Negotiation = Negotiation,
        Transfers = Transfers,
        Formats = List(Formats),
        Finite = Finite == 1,
        AllowBearer = AllowBearer == 1,
        Catalog = Catalog.Length == 0 ? null : Catalog,
        Offer = offer.Document,
        Policy = offer.Policy,
    };

    public ProductView ToView(IReadOnlyList<TermCoverageView> coverage, string? refusal = null) => new()
    {
        Id = Id,
        Version = Version,
        Title = Title,
        OfferId = OfferId,
        Classification = Classification,
        Coverage = coverage,
        AssetId = AssetId,
        Description = Description,
        Keywords = List(Keywords),
        Negotiation = Negotiation,
        Transfers = Transfers,
        Formats = List(Formats),
        Finite = Finite == 1,
        AllowBearer = AllowBearer == 1,
        Catalog = Catalog.Length == 0 ? null : Catalog,
        PublishedAt = DateTimeOffset.FromUnixTimeMilliseconds(PublishedAt),
        Refusal = refusal,
        RegistrationRefusal = RegistrationRefusal,
    };

    private static List<string> List(string json) => ProtocolJson.Read<List<string>>(Encoding.UTF8.GetBytes(json));
}
