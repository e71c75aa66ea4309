using System.Text.Json;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>What a provider has: an HTTP source behind the connector (TC609: 数据资源).</summary>
public sealed record AssetDefinition
{
    /// <summary>1 to 64 of a-z, A-Z, 0-9, '-', '_', '.'; unique at the connector.</summary>
    public required string Id { get; init; }

    /// <summary>Base URL of the source. Paths and queries of allowed requests are added to it. It may change to one of the source's further destinations, no other.</summary>
    public required string SourceUrl { get; init; }

    /// <summary>Headers with the source's credentials. Sealed at rest, never shown again.</summary>
    public IReadOnlyDictionary<string, string> SourceHeaders { get; init; } = new Dictionary<string, string>();

    /// <summary>How the source is reached, when it is more than one server or needs other than the usual times. Default: one server.</summary>
    public SourceDefinition? Source { get; init; }

    /// <summary>What the source is asked at all. Default: GET and HEAD, every path and query.</summary>
    public SourceRulesDefinition? Rules { get; init; }
}

/// <summary>What a provider offers: an immutable version of an asset under an ODRL offer (TC609: 数据产品).</summary>
public sealed record ProductDefinition
{
    /// <summary>1 to 64 of a-z, A-Z, 0-9, '-', '_', '.'. A change is a new version under the same id.</summary>
    public required string Id { get; init; }

    /// <summary>The asset behind it.</summary>
    public required string AssetId { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>Description.</summary>
    public string Description { get; init; } = "";

    /// <summary>Keywords.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary><c>general</c>, <c>personal</c> or <c>important</c> (重要数据).</summary>
    public string Classification { get; init; } = "general";

    /// <summary>ODRL offer: permissions, prohibitions, <c>tds:meter</c>, <c>tds:delivery</c>, <c>tds:pricePlan</c>. Its id and target are set by the connector.</summary>
    public required JsonElement Policy { get; init; }

    /// <summary>Who takes this participant's steps in a negotiation about it: one of <see cref="NegotiationModes"/>.</summary>
    public string Negotiation { get; init; } = NegotiationModes.Automatic;

    /// <summary>Who starts transfers of it: <see cref="NegotiationModes.Automatic"/> or <see cref="NegotiationModes.Manual"/>.</summary>
    public string Transfers { get; init; } = NegotiationModes.Automatic;

    /// <summary>DSP formats that it can be had in: <c>HttpData-PULL</c>, <c>HttpData-PUSH</c>. Default: both.</summary>
    public IReadOnlyList<string> Formats { get; init; } = [DspConstants.HttpPull, DspConstants.HttpPush];

    /// <summary>Whether the source's answer is the whole transfer: a push transfer ends with it. Default: it goes on until somebody ends it.</summary>
    public bool Finite { get; init; }

    /// <summary>
    /// Whether a consumer's connector that knows no keys of flows gets data for its access token alone: whoever steals that token gets it, too.
    /// Default: no; it must prove with each request that it holds its own key (DPoP, RFC 9449).
    /// </summary>
    public bool AllowBearer { get; init; }

    /// <summary>
    /// Name of the catalog within this participant's catalog that lists it: 1 to 64 of a-z, A-Z, 0-9, '-', '_', '.'. Default: it stands in the
    /// catalog itself.
    /// </summary>
    public string? Catalog { get; init; }
}

/// <summary>A published product.</summary>
public sealed record ProductView
{
    /// <summary>Product (and DSP dataset) id.</summary>
    public required string Id { get; init; }

    /// <summary>Version, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>Title.</summary>
    public required string Title { get; init; }

    /// <summary>Id of the offer under which it can be had.</summary>
    public required string OfferId { get; init; }

    /// <summary>Classification.</summary>
    public required string Classification { get; init; }

    /// <summary>For each term of the offer: is it enforced, attested or legal only?</summary>
    public required IReadOnlyList<TermCoverageView> Coverage { get; init; }

    /// <summary>The asset behind it.</summary>
    public string AssetId { get; init; } = "";

    /// <summary>Description.</summary>
    public string Description { get; init; } = "";

    /// <summary>Keywords.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>One of <see cref="NegotiationModes"/>.</summary>
    public string Negotiation { get; init; } = NegotiationModes.Automatic;

    /// <summary>One of <see cref="NegotiationModes"/>.</summary>
    public string Transfers { get; init; } = NegotiationModes.Automatic;

    /// <summary>DSP formats.</summary>
    public IReadOnlyList<string> Formats { get; init; } = [];

    /// <summary>Whether the source's answer is the whole transfer.</summary>
    public bool Finite { get; init; }

    /// <summary>Whether a consumer's connector that knows no keys of flows gets data for its access token alone.</summary>
    public bool AllowBearer { get; init; }

    /// <summary>Name of the catalog within the catalog that lists it; null: the catalog itself.</summary>
    public string? Catalog { get; init; }

    /// <summary>When this version was published.</summary>
    public DateTimeOffset PublishedAt { get; init; }

    /// <summary>Why its offer is not understood by this version of the connector, and so made to nobody; null: it is understood.</summary>
    public string? Refusal { get; init; }

    /// <summary>Why the authority does not show it in the catalog of the space; null: it does, or was not asked yet. Publishing it again asks again.</summary>
    public string? RegistrationRefusal { get; init; }
}

/// <summary>An offer as it was published.</summary>
public sealed record OfferView
{
    /// <summary>Offer id.</summary>
    public required string Id { get; init; }

    /// <summary>Product id.</summary>
    public required string ProductId { get; init; }

    /// <summary>Version of the product.</summary>
    public required long Version { get; init; }

    /// <summary>Whether it can be negotiated now: it is neither replaced nor withdrawn, and understood.</summary>
    public required bool IsCurrent { get; init; }

    /// <summary>The document, byte for byte as catalogs show it.</summary>
    public required JsonElement Offer { get; init; }

    /// <summary>Hash over its canonical form (RFC 8785).</summary>
    public required string Hash { get; init; }

    /// <summary>What is really done about each term.</summary>
    public IReadOnlyList<TermCoverageView> Coverage { get; init; } = [];
}

/// <summary>Asks what would become of a policy, without publishing anything.</summary>
public sealed record PolicyCheck
{
    /// <summary>As in <see cref="ProductDefinition.Policy"/>.</summary>
    public required JsonElement Policy { get; init; }
}

/// <summary>A policy that can be offered.</summary>
/// <param name="Coverage">What is really done about each term.</param>
public sealed record PolicyCheckView(IReadOnlyList<TermCoverageView> Coverage);

/// <summary>What is really done about one term.</summary>
/// <param name="Term">Place in the policy, such as <c>permission[0].constraint[1]</c>.</param>
/// <param name="Text">The term in words.</param>
/// <param name="Word"><c>enforced</c>, <c>attested</c> or <c>legalOnly</c>.</param>
public sealed record TermCoverageView(string Term, string Text, string Word)
{
    /// <summary>
    /// Who does something about it: <c>provider's connector</c> (also <c>, on a signed statement</c> where that is what it compares with),
    /// <c>both connectors</c>, <c>consumer</c>, <c>nobody</c>.
    /// </summary>
    public string Where { get; init; } = "";

    /// <summary>What is done, in one sentence.</summary>
    public string Note { get; init; } = "";
}

/// <summary>What is really done about each term of a policy: the same for both sides, and to be read before signing.</summary>
public sealed record CoverageReport
{
    /// <summary>Id of the offer or agreement.</summary>
    public required string Policy { get; init; }

    /// <summary><c>offer</c> or <c>agreement</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Product (dataset) id.</summary>
    public required string DatasetId { get; init; }

    /// <summary>Each term, in the order of the policy. Empty when it is refused, or asks for nothing.</summary>
    public IReadOnlyList<TermCoverageView> Terms { get; init; } = [];

    /// <summary>Why this connector would not sign it: every term that it does not understand. Empty when it would.</summary>
    public IReadOnlyList<RefusedTermView> Refused { get; init; } = [];
}

/// <summary>A term that is not understood.</summary>
/// <param name="Term">Place in the policy.</param>
/// <param name="Message">What was found there.</param>
/// <param name="Remedy">What is accepted instead.</param>
public sealed record RefusedTermView(string? Term, string Message, string? Remedy);

/// <summary>Asks what would be done about the terms of a peer's offers.</summary>
public sealed record CatalogCoverageQuery
{
    /// <summary>The provider's DID.</summary>
    public required string Provider { get; init; }

    /// <summary>The dataset in its catalog.</summary>
    public required string DatasetId { get; init; }
}

/// <summary>Asks a peer's catalog.</summary>
public sealed record CatalogQuery
{
    /// <summary>The provider's DID.</summary>
    public required string Provider { get; init; }

    /// <summary>Filter, in a form that the provider knows; connectors of this kind know <see cref="CatalogFilter"/>. Empty: all of the catalog.</summary>
    public IReadOnlyList<JsonElement> Filter { get; init; } = [];
}
