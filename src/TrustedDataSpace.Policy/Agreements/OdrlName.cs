namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// One canonical form of a name. The same word arrives compact, prefixed or as an IRI, depending on the peer's JSON-LD context;
/// a system that compared spellings would judge the same contract in different ways.
/// </summary>
internal static class OdrlName
{
    private const string Odrl = "http://www.w3.org/ns/odrl/2/";
    private const string Tds = "https://w3id.org/trusted-data-space/ns/";
    private const string Xsd = "http://www.w3.org/2001/XMLSchema#";

    private static readonly string[] CatenaX = ["cx-policy:", "https://w3id.org/catenax/policy/", "https://w3id.org/catenax/2025/9/policy/"];

    /// <summary>
    /// ODRL words lose their prefix, words of this project keep <c>tds:</c>, those of the Catena-X profile <c>cx:</c>, XML Schema types
    /// <c>xsd:</c>; others stay as they are.
    /// </summary>
    public static string Canonical(string name) =>
        Strip(name, "odrl:") ?? Strip(name, Odrl)
        ?? (Strip(name, Tds) is { } extension ? "tds:" + extension : null)
        ?? (Strip(name, Xsd) is { } datatype ? "xsd:" + datatype : null)
        ?? CatenaX.Select(prefix => Strip(name, prefix)).FirstOrDefault(word => word is not null) switch { { } word => "cx:" + word, null => name };

    // Only a plain word has two spellings: were odrl:tds:meter read as tds:meter, a term would pass here that the others who read the
    // signed original do not find.
    private static string? Strip(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && name[prefix.Length..] is { Length: > 0 } word && word.AsSpan().IndexOfAny(":/#@") < 0 ? word : null;
}
