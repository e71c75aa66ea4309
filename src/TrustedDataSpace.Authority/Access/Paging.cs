using System.Buffers.Text;
using System.Text;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Access;

/// <summary>The paging of every list: a limit, and an opaque cursor behind the last item of the page before.</summary>
internal static class Paging
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;

    /// <summary>The number of items asked for.</summary>
    public static int Limit(int? asked, int most = MaxLimit) => asked switch
    {
        null => Math.Min(DefaultLimit, most),
        >= 1 when asked <= most => asked.Value,
        _ => throw new RefusalException(RefusalCode.Malformed, $"limit must be from 1 to {most}, not {asked}.") { Term = "limit" },
    };

    /// <summary>Where the page begins; null for the first.</summary>
    public static string? After(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        }
        catch (FormatException failure)
        {
            throw BadCursor(failure);
        }
    }

    /// <summary>A page of the items, of which one more was read than fits, to know whether there is a next page.</summary>
    public static Page<TItem> Of<TRow, TItem>(IReadOnlyList<TRow> rows, int limit, Func<TRow, TItem> item, Func<TRow, string> key) => new(
        [.. rows.Take(limit).Select(item)],
        rows.Count > limit ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key(rows[limit - 1]))) : null);

    public static RefusalException BadCursor(Exception? inner = null) => new(RefusalCode.Malformed, "The cursor is not one of this list.", inner)
    {
        Term = "cursor",
        Remedy = "Send the 'next' of the page before as it came, or no cursor for the first page.",
    };
}
