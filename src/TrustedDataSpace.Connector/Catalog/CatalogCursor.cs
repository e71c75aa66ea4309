using System.Buffers.Text;
using System.Text;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Catalog;

/// <summary>
/// Positions as peers carry them: opaque, and good only for the catalog and the filter that they came from. Nothing depends on their being
/// genuine: whoever makes one up gets a page of what it may see anyway.
/// </summary>
internal static class CatalogCursor
{
    private const char AmongCatalogs = 'c';
    private const int ScopeLength = 16;
    private const int Longest = 300;
    private static readonly Dictionary<char, ProductSide> Sides = new()
    {
        ['a'] = ProductSide.After,
        ['f'] = ProductSide.From,
        ['b'] = ProductSide.Before,
        ['t'] = ProductSide.Through,
    };


    /// <param name="position">Where the page begins.</param>
    /// <param name="scope">Hash of what was asked for, hexadecimal.</param>
    public static string Write(CatalogPosition position, string scope)
    {
        var (kind, key) = position.IsAmongCatalogs
            ? (AmongCatalogs, $"{position.CatalogName}/{position.AfterProduct}")
            : (Sides.Single(side => side.Value == position.InDatasets.Side).Key, position.InDatasets.Key);
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{kind}{scope[..ScopeLength]}{key}"));
    }

    /// <exception cref="RefusalException">Malformed: it is none, or one of another catalog or filter.</exception>
    public static CatalogPosition Read(string cursor, string scope)
    {
        var text = Decode(cursor);
        if (text.Length <= ScopeLength || !text.AsSpan(1, ScopeLength).SequenceEqual(scope.AsSpan(0, ScopeLength)))
        {
            throw Refused("It is none of this catalog with this filter.");
        }

        var key = text[(ScopeLength + 1)..];
        if (text[0] == AmongCatalogs)
        {
            return key.Split('/') is [var name, var after] && AssetRules.IsId(name) && (after.Length == 0 || AssetRules.IsId(after))
                ? CatalogPosition.Within(name, after)
                : throw Refused("It names no place.");
        }

        return Sides.TryGetValue(text[0], out var side) && (key.Length == 0 || AssetRules.IsId(key))
            ? CatalogPosition.In(new ProductPosition(side, key))
            : throw Refused("It names no place.");
    }

    private static string Decode(string cursor)
    {
        try
        {
            return cursor.Length <= Longest ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) : "";
        }
        catch (FormatException failure)
        {
            throw Refused("It is none.", failure);
        }
    }

    private static RefusalException Refused(string why, Exception? inner = null) => new(RefusalCode.Malformed, $"The cursor cannot be used. {why}", inner)
    {
        Term = "cursor",
        Remedy = "Follow the Link of a page as it came, with the same filter in the body, or begin without a cursor.",
    };
}
