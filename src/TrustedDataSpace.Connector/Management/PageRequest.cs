using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Management;

/// <summary>Which part of a list is asked for: bind with <c>[AsParameters]</c>.</summary>
internal sealed record PageRequest
{
    public const int Largest = 200;
    private const int Usual = 50;

    /// <summary>1 to 200. Default 50.</summary>
    [FromQuery]
    public int? Limit { get; init; }

    /// <summary>As the page before gave it.</summary>
    [FromQuery]
    public string? Cursor { get; init; }

    /// <summary>Checked size.</summary>
    public int Size => Limit switch
    {
        null => Usual,
        >= 1 and <= Largest => Limit.Value,
        _ => throw new RefusalException(RefusalCode.Malformed, $"limit={Limit} is not between 1 and {Largest}.") { Term = "limit" },
    };

    /// <summary>Key of the last item before this page; empty at the beginning.</summary>
    public string After
    {
        get
        {
            try
            {
                return Cursor is null ? "" : Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Cursor));
            }
            catch (FormatException failure)
            {
                throw new RefusalException(RefusalCode.Malformed, "The cursor is not one of this list.", failure) { Term = "cursor" };
            }
        }
    }

    /// <summary>The cursor behind an item.</summary>
    public static string CursorAfter(string key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key));

    /// <summary>A page of rows that were read with one more than <see cref="Size"/>, to see whether there are more.</summary>
    public Page<TView> ToPage<TRow, TView>(IReadOnlyList<TRow> rows, Func<TRow, TView> view, Func<TRow, string> key) => new(
        [.. rows.Take(Size).Select(view)],
        rows.Count > Size ? CursorAfter(key(rows[Size - 1])) : null);
}
