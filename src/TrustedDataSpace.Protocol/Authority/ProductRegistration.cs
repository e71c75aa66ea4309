using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>A data product in the catalog of the space.</summary>
public sealed record ProductRegistration
{
    /// <summary>The identifier of the product: the dataset's in the provider's own catalog.</summary>
    public required string Id { get; init; }

    /// <summary>Who offers it.</summary>
    public required Did Provider { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>What it is.</summary>
    public string Description { get; init; } = "";

    /// <summary>Words to find it by.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>Its class, for example <c>general</c>, <c>personal</c> or <c>important</c>.</summary>
    public required string Classification { get; init; }

    /// <summary>The offer to negotiate about.</summary>
    public required string OfferId { get; init; }

    /// <summary>The terms in one line each, for people.</summary>
    public IReadOnlyList<string> Terms { get; init; } = [];

    /// <summary>The base URL of the provider's connector.</summary>
    public required Uri Endpoint { get; init; }
}
