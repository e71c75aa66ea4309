using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// The name of a tile (C2SP tlog-tiles): 256 hashes of one level, or the 256 entries under them. A partial tile holds the
/// first <paramref name="Width"/> of them, while the log has no more.
/// </summary>
/// <param name="Level">Level L holds the roots over 256^L leaves; -1 stands for entries.</param>
/// <param name="Index">The number of the tile in its level.</param>
/// <param name="Width">1 to 256.</param>
public sealed record TilePath(int Level, long Index, int Width)
{
    /// <summary>How many hashes or entries a full tile holds.</summary>
    public const int FullWidth = 256;

    /// <summary>The level of entry bundles.</summary>
    public const int Entries = -1;

    private const int MostLevel = 7;
    private const int Group = 1000;
    private const int MostLength = 64;

    /// <summary>Whether the tile will never change.</summary>
    public bool IsFull => Width == FullWidth;

    /// <summary>The same tile when it is full.</summary>
    public TilePath Full => this with { Width = FullWidth };

    /// <summary>How many items of a level a log of that size has.</summary>
    public static long CountAt(int level, long size) => level <= 0 ? size : size >> (8 * level);

    /// <summary>The tile with that number as a log of that size has it; its width is 0 when it has none.</summary>
    public static TilePath At(int level, long index, long size) =>
        new(level, index, (int)Math.Clamp(CountAt(level, size) - (index * FullWidth), 0, FullWidth));

    /// <summary>The path below the log's address, such as <c>tile/0/x001/067.p/12</c>.</summary>
    public override string ToString()
    {
        var name = (Index % Group).ToString("000", CultureInfo.InvariantCulture);
        for (var rest = Index / Group; rest > 0; rest /= Group)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"x{rest % Group:000}/{name}");
        }

        var level = Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"tile/{level}/{name}{(IsFull ? "" : $".p/{Width}")}");
    }

    /// <summary>Reads a path. Each tile has one spelling only.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TilePath? path)
    {
        ArgumentNullException.ThrowIfNull(text);
        path = null;
        if (text.Length > MostLength || text.Split('/') is not ["tile", var level, .. { Length: > 0 } names])
        {
            return false;
        }

        var width = FullWidth;
        if (names is [.. var before, var last, var w] && last.EndsWith(".p", StringComparison.Ordinal) && int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out width))
        {
            names = [.. before, last[..^2]];
        }

        var index = 0L;
        foreach (var name in names)
        {
            if (names.Length > 5 || !int.TryParse(name.TrimStart('x'), NumberStyles.None, CultureInfo.InvariantCulture, out var digits) || digits >= Group)
            {
                return false;
            }

            index = (index * Group) + digits;
        }

        var number = Entries;
        if (level != "entries" && !(int.TryParse(level, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= MostLevel))
        {
            return false;
        }

        var read = new TilePath(number, index, width);
        path = width is >= 1 and <= FullWidth && read.ToString() == text ? read : null;
        return path is not null;
    }
}
