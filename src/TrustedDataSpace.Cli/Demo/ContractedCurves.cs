using System.Globalization;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>What the contract about load curves lets through, worked out from the source's answer without any connector.</summary>
internal static class ContractedCurves
{
    /// <summary>Values that a usage point has in a day: as many rows are counted for it.</summary>
    public const int ValuesPerPoint = 96;

    /// <summary>Usage points that may be delivered.</summary>
    public const int Points = 50;

    private const int LeastCustomers = 10;
    private static readonly string[] Withheld = ["group_id", "group_customers", "authorised"];

    /// <summary>The CSV that is to arrive.</summary>
    public static string Of(string source)
    {
        var (header, rows) = Read(source);
        return string.Concat(rows.Where(row => IsDelivered(header, row)).Prepend(header)
            .Select(row => string.Join(',', row.Where((_, column) => !Withheld.Contains(header[column]))) + "\n"));
    }

    /// <summary>Hashes of the points that must stay in the source: in groups that are too small, and without authorisation.</summary>
    public static (IReadOnlyList<string> SmallGroups, IReadOnlyList<string> Unauthorised) Suppressed(string source)
    {
        var (header, rows) = Read(source);
        return (
            [.. rows.Where(row => Customers(header, row) < LeastCustomers).Select(row => row[0])],
            [.. rows.Where(row => !IsAuthorised(header, row)).Select(row => row[0])]);
    }

    private static bool IsDelivered(string[] header, string[] row) => Customers(header, row) >= LeastCustomers && IsAuthorised(header, row);

    private static int Customers(string[] header, string[] row) => int.Parse(row[Array.IndexOf(header, "group_customers")], CultureInfo.InvariantCulture);

    private static bool IsAuthorised(string[] header, string[] row) => row[Array.IndexOf(header, "authorised")] == "1";

    private static (string[] Header, List<string[]> Rows) Read(string csv)
    {
        var lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToList();
        return (lines[0], lines.GetRange(1, lines.Count - 1));
    }
}
