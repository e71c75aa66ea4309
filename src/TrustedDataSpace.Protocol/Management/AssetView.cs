namespace TrustedDataSpace.Protocol.Management;

/// <summary>An asset as it may be shown: the values of its headers stay sealed.</summary>
public sealed record AssetView
{
    /// <summary>Asset id.</summary>
    public required string Id { get; init; }

    /// <summary>Base URL of the source.</summary>
    public required string SourceUrl { get; init; }

    /// <summary>Names of the headers that are added to each request.</summary>
    public required IReadOnlyList<string> SourceHeaderNames { get; init; }

    /// <summary>How the source is reached; null: one server, as usual.</summary>
    public SourceDefinition? Source { get; init; }

    /// <summary>What the source is asked at all; null: GET and HEAD, every path and query.</summary>
    public SourceRulesDefinition? Rules { get; init; }
}
