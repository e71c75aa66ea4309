namespace TrustedDataSpace.Hosting.Requests;

/// <summary>What a misspelt name was probably meant to be.</summary>
internal static class NearestName
{
    private const int MostEdits = 3;

    /// <summary>All names that would do, with the one that is likely meant first.</summary>
    public static string Remedy(string name, IReadOnlyList<string> known)
    {
        if (known.Count == 0)
        {
            return "Send it without: there is nothing to say here.";
        }

        // A long name is no slip of the pen, and is not worth the comparison.
        var nearest = name.Length > 50 ? null : known.MinBy(other => Edits(name, other));
        var guess = nearest is not null && Edits(name, nearest) <= Math.Min(MostEdits, nearest.Length / 2) ? $"Send '{nearest}', if that is meant; known" : "Known";
        return $"{guess} here: {string.Join(", ", known)}.";
    }

    // Levenshtein distance, by rows.
    private static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var changed = diagonal + (char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[to.Length];
    }
}
