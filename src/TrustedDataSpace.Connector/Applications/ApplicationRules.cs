using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Applications;

/// <summary>What a grant must say. All problems are told at once.</summary>
internal static class ApplicationRules
{
    public const int LongestText = 200;
    public const int MostEntries = 100;

    /// <exception cref="RefusalException">Malformed, with every problem.</exception>
    public static void Check(ApplicationGrant grant) => Refusals.ThrowIfAny(
        "application",
        [.. Text("name", grant.Name), .. Text("person", grant.Person), .. List("agreements", grant.Agreements), .. List("purposes", grant.Purposes), .. Declarable(grant.Purposes)]);

    private static IEnumerable<RefusalReason> Text(string term, string value)
    {
        if (string.IsNullOrWhiteSpace(value) || value.Length > LongestText)
        {
            yield return new("invalid_text", term, $"it is empty or longer than {LongestText} characters", null);
        }
    }

    // No wildcard and no empty list: an application can do what was named, nothing else.
    private static IEnumerable<RefusalReason> List(string term, IReadOnlyList<string> values)
    {
        if (values.Count is 0 or > MostEntries)
        {
            yield return new("invalid_list", term, $"it has {values.Count} entries", $"name 1 to {MostEntries}");
        }

        foreach (var value in values.Where(value => string.IsNullOrWhiteSpace(value) || value.Length > LongestText))
        {
            yield return new("invalid_text", term, $"'{value}' is empty or longer than {LongestText} characters", null);
        }
    }

    // Another one would be granted, and refused at every use.
    private static IEnumerable<RefusalReason> Declarable(IReadOnlyList<string> purposes) =>
        from purpose in purposes
        where !string.IsNullOrWhiteSpace(purpose) && !DataHeaders.IsDeclarable(purpose)
        select new RefusalReason("invalid_text", "purposes", $"no request can declare '{purpose}'", $"use visible ASCII characters without spaces, at most {DataHeaders.LongestPurpose}");
}
