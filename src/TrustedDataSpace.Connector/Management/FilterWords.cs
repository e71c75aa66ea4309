using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Management;

/// <summary>Filters of lists that take one of a few words.</summary>
internal static class FilterWords
{
    /// <summary>A word that is none would look like an empty list.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="value">What was asked for; null: nothing.</param>
    /// <param name="words">All there are.</param>
    /// <param name="what">Whose words they are, such as "a negotiation".</param>
    /// <exception cref="RefusalException">Malformed: names the words.</exception>
    public static void Require(string name, string? value, IReadOnlyList<string> words, string what)
    {
        if (value is not null && !words.Contains(value))
        {
            throw new RefusalException(RefusalCode.Malformed, $"'{value}' is no {name} of {what}.") { Term = name, Remedy = "use one of " + string.Join(", ", words) };
        }
    }
}
