using System.Globalization;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>
/// Layouts of Go's <c>time</c> package: texts that show how the moment <c>Mon Jan 2 15:04:05 MST 2006</c> would be written. Read piece
/// by piece, because a piece is found anywhere in the text and the longest one counts.
/// </summary>
internal static class GoTimeLayout
{
    public static readonly string[] Months =
    [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ];

    public static readonly string[] Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private static readonly Dictionary<string, string> Named = new()
    {
        ["ANSIC"] = "Mon Jan _2 15:04:05 2006",
        ["UnixDate"] = "Mon Jan _2 15:04:05 MST 2006",
        ["RubyDate"] = "Mon Jan 02 15:04:05 -0700 2006",
        ["RFC822"] = "02 Jan 06 15:04 MST",
        ["RFC822Z"] = "02 Jan 06 15:04 -0700",
        ["RFC850"] = "Monday, 02-Jan-06 15:04:05 MST",
        ["RFC1123"] = "Mon, 02 Jan 2006 15:04:05 MST",
        ["RFC1123Z"] = "Mon, 02 Jan 2006 15:04:05 -0700",
        ["RFC3339"] = "2006-01-02T15:04:05Z07:00",
        ["RFC3339Nano"] = "2006-01-02T15:04:05.999999999Z07:00",
    };

    /// <summary>Longer pieces before those that begin alike.</summary>
    private static readonly string[] Pieces =
    [
        "January", "Jan", "Monday", "Mon", "MST", "2006", "__2", "_2", "002", "01", "02", "03", "04", "05", "06", "15", "PM", "pm",
        "Z070000", "Z07:00:00", "Z0700", "Z07:00", "Z07", "-070000", "-07:00:00", "-0700", "-07:00", "-07", "1", "2", "3", "4", "5",
    ];

    /// <summary>The layout itself, or the one with this name.</summary>
    public static string Resolve(string layout) => Named.GetValueOrDefault(layout, layout);

    /// <summary>What comes first in the layout: text, and the piece after it (empty at the end).</summary>
    public static (string Text, string Piece, string Remainder) Next(string layout)
    {
        for (var i = 0; i < layout.Length; i++)
        {
            if (PieceAt(layout, i) is { } piece)
            {
                return (layout[..i], piece, layout[(i + piece.Length)..]);
            }
        }

        return (layout, "", "");
    }

    public static bool IsFraction(string piece) => piece.Length > 1 && piece[0] is '.' or ',' && piece[1] is '0' or '9';

    public static string Format(DateTimeOffset time, int nanoseconds, string zoneName, string layout)
    {
        var result = new System.Text.StringBuilder();
        while (layout.Length > 0)
        {
            var (text, piece, rest) = Next(layout);
            result.Append(text).Append(FormatPiece(time, nanoseconds, zoneName, piece));
            layout = rest;
        }

        return result.ToString();
    }

    private static string? PieceAt(string layout, int start)
    {
        if (layout[start] is '.' or ',' && start + 1 < layout.Length && layout[start + 1] is '0' or '9')
        {
            var end = start + 1;
            while (end < layout.Length && layout[end] == layout[start + 1])
            {
                end++;
            }

            return end < layout.Length && char.IsAsciiDigit(layout[end]) ? null : layout[start..end];
        }

        foreach (var piece in Pieces)
        {
            if (string.CompareOrdinal(layout, start, piece, 0, piece.Length) == 0)
            {
                var isBegunWord = piece is "Jan" or "Mon" && start + 3 < layout.Length && char.IsAsciiLetterLower(layout[start + 3]);
                var isYearAfterBlank = piece == "_2" && string.CompareOrdinal(layout, start + 1, "2006", 0, 4) == 0;
                return isBegunWord || isYearAfterBlank ? null : piece;
            }
        }

        return null;
    }

    private static string FormatPiece(DateTimeOffset time, int nanoseconds, string zoneName, string piece) => piece switch
    {
        "" => "",
        "2006" => Pad(time.Year, 4),
        "06" => Pad(time.Year % 100, 2),
        "January" => Months[time.Month - 1],
        "Jan" => Months[time.Month - 1][..3],
        "01" => Pad(time.Month, 2),
        "1" => Pad(time.Month, 1),
        "Monday" => Days[(int)time.DayOfWeek],
        "Mon" => Days[(int)time.DayOfWeek][..3],
        "02" => Pad(time.Day, 2),
        "2" => Pad(time.Day, 1),
        "_2" => Pad(time.Day, 1).PadLeft(2),
        "002" => Pad(time.DayOfYear, 3),
        "__2" => Pad(time.DayOfYear, 1).PadLeft(3),
        "15" => Pad(time.Hour, 2),
        "03" => Pad(((time.Hour + 11) % 12) + 1, 2),
        "3" => Pad(((time.Hour + 11) % 12) + 1, 1),
        "04" => Pad(time.Minute, 2),
        "4" => Pad(time.Minute, 1),
        "05" => Pad(time.Second, 2),
        "5" => Pad(time.Second, 1),
        "PM" => time.Hour >= 12 ? "PM" : "AM",
        "pm" => time.Hour >= 12 ? "pm" : "am",
        "MST" => zoneName,
        _ when IsFraction(piece) => Fraction(nanoseconds, piece),
        _ => Offset(time.Offset, piece),
    };

    private static string Pad(int number, int width) => number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0');

    private static string Fraction(int nanoseconds, string piece)
    {
        var digits = Pad(nanoseconds, 9)[..Math.Min(9, piece.Length - 1)].PadRight(piece.Length - 1, '0');
        digits = piece[1] == '9' ? digits.TrimEnd('0') : digits;
        return digits.Length == 0 ? "" : piece[0] + digits;
    }

    private static string Offset(TimeSpan offset, string piece)
    {
        if (piece[0] == 'Z' && offset == TimeSpan.Zero)
        {
            return "Z";
        }

        var separator = piece.Contains(':', StringComparison.Ordinal) ? ":" : "";
        var magnitude = offset.Duration();
        var text = (offset < TimeSpan.Zero ? "-" : "+") + Pad(magnitude.Hours, 2);
        text += piece.Length > 3 ? separator + Pad(magnitude.Minutes, 2) : "";
        return text + (piece.Count(char.IsAsciiDigit) == 6 ? separator + Pad(magnitude.Seconds, 2) : "");
    }
}
