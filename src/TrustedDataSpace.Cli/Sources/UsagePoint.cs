using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TrustedDataSpace.Cli.Sources;

/// <summary>A metered connection of one customer.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Group">The customers it is counted with.</param>
/// <param name="Customers">How many they are.</param>
/// <param name="Authorised">Whether the customer has authorised the use of its data.</param>
internal sealed record UsagePoint(int Number, CustomerGroup Group, int Customers, bool Authorised)
{
    private const int HashCharacters = 16;

    // What may be delivered first: ten authorised points in each of five groups; then a group of six, and three homes that did not authorise.
    private static readonly (int Group, int Count, bool Authorised)[] Blocks =
        [(0, 10, true), (1, 10, true), (2, 10, true), (3, 10, true), (4, 10, true), (5, 6, true), (0, 3, false)];

    /// <summary>All points of the source.</summary>
    public static IReadOnlyList<UsagePoint> All { get; } =
    [
        .. Blocks.SelectMany(block => Enumerable.Repeat(block, block.Count)).Select((block, number) => new UsagePoint(
            number, CustomerGroup.All[block.Group], Blocks.Where(other => other.Group == block.Group).Sum(other => other.Count), block.Authorised)),
    ];

    /// <summary>A pseudonym, as the grid company would give it: the number of a meter never leaves it.</summary>
    public string Hash
    {
        get
        {
            var number = string.Create(CultureInfo.InvariantCulture, $"power-grid/usage-point/{Number + 1:000}");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(number)))[..HashCharacters];
        }
    }
}
