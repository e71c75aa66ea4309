namespace TrustedDataSpace.Hosting.Configuration;

/// <summary>Helps those who have misspelt a name.</summary>
public static class KnownNames
{
    private const int Longest = 50;

    /// <summary>The name that was probably meant, when one is near, and all that there are.</summary>
    public static string Instead(string name, IReadOnlyCollection<string> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        var meant = Nearest(name, known) is { } nearest ? $"did you mean '{nearest}'? " : "";
        return $"{meant}Known here: {string.Join(", ", known.Order(StringComparer.Ordinal))}";
    }

    /// <summary>The name that was probably meant; null: none is near.</summary>
    public static string? Nearest(string name, IReadOnlyCollection<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);

        // A long name is no slip of the pen, and is not worth the comparison.
        if (name.Length > Longest || known.Count == 0)
        {
            return null;
        }

        var (nearest, distance) = known.Select(one => (Name: one, Distance: Distance(name.ToLowerInvariant(), one.ToLowerInvariant()))).MinBy(one => one.Distance);
        return distance <= Math.Max(1, name.Length / 3) ? nearest : null;
    }

    // Letters changed, added, left out, or exchanged with their neighbour.
    private static int Distance(string a, string b)
    {
        var steps = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                steps[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1, steps[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[a.Length, b.Length];
    }
}
