namespace TrustedDataSpace.Connector.Assets;

/// <summary>Where allowed requests go.</summary>
/// <param name="Base">Base URL; path and query of a request are added to it.</param>
/// <param name="Headers">The source's credentials, in clear: for the forwarded request only.</param>
internal sealed record SourceAddress(Uri Base, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Shows no credential, wherever it may be printed.</summary>
    public override string ToString() => Base.ToString();
}
