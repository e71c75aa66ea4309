using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>What whoever has misspelt a name in a request can do.</summary>
internal static class NearestName
{
    /// <summary>All names that would do, with the one that is likely meant first.</summary>
    public static string Remedy(string name, IReadOnlyList<string> known)
    {
        if (known.Count == 0)
        {
            return "Send it without: there is nothing to say here.";
        }

        var guess = KnownNames.Nearest(name, known) is { } nearest ? $"Send '{nearest}', if that is meant; known" : "Known";
        return $"{guess} here: {string.Join(", ", known)}.";
    }
}
