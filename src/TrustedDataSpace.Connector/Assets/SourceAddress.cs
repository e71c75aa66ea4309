using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>Where allowed requests go.</summary>
/// <param name="Base">Base URL; path and query of a request are added to it.</param>
/// <param name="Headers">The source's credentials, in clear: for the forwarded request only.</param>
internal sealed record SourceAddress(Uri Base, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>How it is reached.</summary>
    public SourceDefinition Source { get; init; } = new();

    /// <summary>What it is asked at all.</summary>
    public SourceRulesDefinition Rules { get; init; } = new();

    /// <summary>Every server with the same data, the base first.</summary>
    public IEnumerable<Uri> Servers => Source.Destinations.Select(url => new Uri(url)).Prepend(Base);

    /// <summary>Shows no credential, wherever it may be printed.</summary>
    public override string ToString() => Base.ToString();
}
