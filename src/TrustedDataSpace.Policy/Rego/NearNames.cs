namespace TrustedDataSpace.Policy.Rego;

/// <summary>Finds what the author of a misspelt name may have meant.</summary>
internal static class NearNames
{
    /// <summary>Longer names are not compared: the work grows with the square of the length.</summary>
    private const int Longest = 64;

    /// <summary><c>; did you mean x?</c>, or nothing if no name is near.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        // Short names are all near to each other.
        var most = name.Length <= 3 ? 1 : 2;
        var near = name.Length > Longest
            ? null
            : known.Where(candidate => candidate != name && Math.Abs(candidate.Length - name.Length) <= most)
                .Select(candidate => (candidate, distance: Distance(candidate, name)))
                .Where(pair => pair.distance <= most && pair.distance < name.Length)
                .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
                .Select(pair => pair.candidate).FirstOrDefault();
        return near is null ? "" : $"; did you mean {near}?";
    }

    /// <summary>How many letters differ (Levenshtein).</summary>
    private static int Distance(string x, string y)
    {
        var row = Enumerable.Range(0, y.Length + 1).ToArray();
        for (var i = 1; i <= x.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= y.Length; j++)
            {
                var substituted = diagonal + (x[i - 1] == y[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[y.Length];
    }
}
