using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Patterns of paths and query values, matched in one pass without backtracking: at most one <c>*</c> in a segment or value, so that each
/// is a beginning and an end. Both sides are in the spelling of <see cref="CanonicalTarget"/>, compared with case.
/// </summary>
internal static class SourcePatterns
{
    private const string Any = "*";
    private const string Rest = "/**";

    /// <summary>Whether the path is empty, or in its canonical spelling.</summary>
    public static bool IsPlainPath(string path) => Canonical(path) is { Query: "" } target && target.Path == path;

    /// <summary>Whether this is a pattern for <see cref="Matches"/>.</summary>
    public static bool IsPath(string pattern)
    {
        var fixedPart = pattern.EndsWith(Rest, StringComparison.Ordinal) ? pattern[..^Rest.Length] : pattern;
        return IsPlainPath(fixedPart) && fixedPart.Split('/').All(HasOneStarAtMost);
    }

    /// <summary>Whether this is the name of a parameter.</summary>
    public static bool IsQueryName(string name) => IsQueryPart(name) && !name.Contains(Any, StringComparison.Ordinal);

    /// <summary>Whether this is a pattern for <see cref="MatchesPart"/>.</summary>
    public static bool IsQueryValue(string pattern) => IsQueryPart(pattern) && HasOneStarAtMost(pattern);

    /// <summary>Whether a canonical path fits.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> path)
    {
        while (true)
        {
            if (pattern.SequenceEqual(Rest))
            {
                return true;
            }

            if (pattern.IsEmpty || path.IsEmpty)
            {
                return pattern.IsEmpty && path.IsEmpty;
            }

            // Both begin with '/'.
            pattern = pattern[1..];
            path = path[1..];
            var (patternEnd, pathEnd) = (SegmentLength(pattern), SegmentLength(path));
            if (!MatchesPart(pattern[..patternEnd], path[..pathEnd]))
            {
                return false;
            }

            pattern = pattern[patternEnd..];
            path = path[pathEnd..];
        }
    }

    /// <summary>Whether a segment or value fits.</summary>
    public static bool MatchesPart(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var star = pattern.IndexOf('*');
        return star < 0
            ? pattern.SequenceEqual(text)
            : text.Length >= pattern.Length - 1 && text.StartsWith(pattern[..star]) && text.EndsWith(pattern[(star + 1)..]);
    }

    private static int SegmentLength(ReadOnlySpan<char> text) => text.IndexOf('/') is var slash && slash < 0 ? text.Length : slash;

    private static bool HasOneStarAtMost(string part) => part.AsSpan().Count('*') <= 1;

    private static bool IsQueryPart(string part) =>
        !part.AsSpan().ContainsAny('&', '=', ';') && Canonical("?" + part) is { Path: "" } target && (part.Length == 0 || target.Query == "?" + part);

    private static CanonicalTarget? Canonical(string pathAndQuery)
    {
        try
        {
            return pathAndQuery.Length == 0 || pathAndQuery[0] is '/' or '?' ? CanonicalTarget.Parse("/x/y" + pathAndQuery, "/x/") : null;
        }
        catch (RefusalException)
        {
            return null;
        }
    }
}
