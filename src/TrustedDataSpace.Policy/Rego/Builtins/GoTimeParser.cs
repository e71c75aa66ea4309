using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Reads a time by a Go layout. The rules are those of Go's <c>time.Parse</c>, which is lenient in places (fractions, one-digit days).</summary>
internal sealed class GoTimeParser
{
    private readonly string layout;
    private readonly string value;
    private string rest;
    private int year;
    private int month;
    private int day;
    private int dayOfYear;
    private int hour;
    private int minute;
    private int second;
    private int nanosecond;
    private bool? isAfternoon;
    private TimeSpan offset;

    private GoTimeParser(string layout, string value)
    {
        this.layout = layout;
        this.value = value;
        rest = value;
    }

    /// <summary>Nanoseconds since 1970.</summary>
    public static BigInteger Parse(string layout, string value) => new GoTimeParser(layout, value).Parse();

    private BigInteger Parse()
    {
        var pattern = layout;
        while (true)
        {
            var (text, piece, next) = GoTimeLayout.Next(pattern);
            SkipText(text);
            if (piece.Length == 0)
            {
                return rest.Length == 0 ? Combine() : throw Invalid(": extra text: " + ValueText.Quote(rest));
            }

            Read(piece, next);
            pattern = next;
        }
    }

    /// <summary>Blanks match any number of blanks.</summary>
    private void SkipText(string text)
    {
        foreach (var unit in text)
        {
            if (unit == ' ')
            {
                rest = rest.Length == 0 || rest[0] == ' ' ? rest.TrimStart(' ') : throw Invalid();
            }
            else
            {
                rest = rest.Length > 0 && rest[0] == unit ? rest[1..] : throw Invalid();
            }
        }
    }

    private void Read(string piece, string next)
    {
        switch (piece)
        {
            case "2006":
                year = Digits(4, 4);
                break;
            case "06":
                year = Digits(2, 2) is var two && two >= 69 ? 1900 + two : 2000 + two;
                break;
            case "January":
                month = Name(GoTimeLayout.Months, 0) + 1;
                break;
            case "Jan":
                month = Name(GoTimeLayout.Months, 3) + 1;
                break;
            case "01" or "1":
                month = InRange(Digits(piece.Length, 2), 1, 12, "month");
                break;
            case "Monday":
                Name(GoTimeLayout.Days, 0);
                break;
            case "Mon":
                Name(GoTimeLayout.Days, 3);
                break;
            case "_2" or "02" or "2":
                rest = piece == "_2" && rest.StartsWith(' ') ? rest[1..] : rest;
                day = Digits(piece == "02" ? 2 : 1, 2);
                break;
            case "__2" or "002":
                rest = piece == "__2" ? rest.TrimStart(' ') : rest;
                dayOfYear = Digits(piece == "002" ? 3 : 1, 3);
                break;
            case "15" or "03" or "3":
                hour = InRange(Digits(piece == "03" ? 2 : 1, 2), 0, piece == "15" ? 23 : 12, "hour");
                break;
            case "04" or "4":
                minute = InRange(Digits(piece.Length, 2), 0, 59, "minute");
                break;
            case "05" or "5":
                second = InRange(Digits(piece.Length, 2), 0, 59, "second");
                ReadUnannouncedFraction(next);
                break;
            case "PM" or "pm":
                isAfternoon = Take(2) switch
                {
                    "PM" when piece == "PM" => true,
                    "AM" when piece == "PM" => false,
                    "pm" when piece == "pm" => true,
                    "am" when piece == "pm" => false,
                    _ => throw Invalid(),
                };
                break;
            case "MST":
                ReadZoneName();
                break;
            default:
                if (GoTimeLayout.IsFraction(piece))
                {
                    ReadFraction(piece);
                }
                else
                {
                    ReadOffset(piece);
                }

                break;
        }
    }

    /// <summary>A fraction may follow the seconds even if the layout does not show one.</summary>
    private void ReadUnannouncedFraction(string next)
    {
        if (rest.Length >= 2 && rest[0] is '.' or ',' && char.IsAsciiDigit(rest[1]) &&
            !(GoTimeLayout.Next(next) is { Text: "" } following && GoTimeLayout.IsFraction(following.Piece)))
        {
            nanosecond = Nanoseconds(1 + rest.Skip(1).TakeWhile(char.IsAsciiDigit).Count());
        }
    }

    private void ReadFraction(string piece)
    {
        if (piece[1] == '0')
        {
            nanosecond = rest.Length >= piece.Length && rest[0] is '.' or ',' && rest[1..piece.Length].All(char.IsAsciiDigit)
                ? Nanoseconds(piece.Length)
                : throw Invalid();
        }
        else if (rest.Length >= 2 && rest[0] is '.' or ',' && char.IsAsciiDigit(rest[1]))
        {
            nanosecond = Nanoseconds(1 + rest.Skip(1).TakeWhile(char.IsAsciiDigit).Take(9).Count());
        }
    }

    private int Nanoseconds(int length)
    {
        var digits = Take(length)[1..];
        return int.Parse(digits.PadRight(9, '0').AsSpan(0, 9), null);
    }

    private void ReadZoneName()
    {
        if (rest.StartsWith("UTC", StringComparison.Ordinal))
        {
            rest = rest[3..];
            return;
        }

        // A name says nothing about the offset (Go takes zero), except GMT followed by hours.
        var letters = rest.TakeWhile(char.IsAsciiLetterUpper).Count();
        if (letters is < 3 or > 5 && !(rest.Length > 2 && rest[0] is '+' or '-'))
        {
            throw Invalid();
        }

        var name = Take(Math.Min(letters, 5));
        if ((name is "GMT" or "") && rest.Length > 1 && rest[0] is '+' or '-')
        {
            var sign = Take(1) == "-" ? -1 : 1;
            offset = TimeSpan.FromHours(sign * InRange(Digits(1, 2), 0, 23, "time zone offset hour"));
        }
    }

    private void ReadOffset(string piece)
    {
        if (piece[0] == 'Z' && rest.StartsWith('Z'))
        {
            rest = rest[1..];
            return;
        }

        var hasColons = piece.Contains(':', StringComparison.Ordinal);
        var sign = Take(1) switch { "+" => 1, "-" => -1, _ => throw Invalid() };
        var parts = new int[3];
        for (var i = 0; i < piece.Count(char.IsAsciiDigit) / 2; i++)
        {
            if (hasColons && i > 0 && Take(1) != ":")
            {
                throw Invalid();
            }

            parts[i] = Digits(2, 2);
        }

        InRange(parts[0], 0, 24, "time zone offset hour");
        InRange(parts[1], 0, 60, "time zone offset minute");
        InRange(parts[2], 0, 60, "time zone offset second");
        offset = sign * new TimeSpan(parts[0], parts[1], parts[2]);
    }

    private BigInteger Combine()
    {
        hour += isAfternoon == true && hour < 12 ? 12 : isAfternoon == false && hour == 12 ? -12 : 0;
        var first = new DateTime(Math.Max(year, 1), 1, 1, 0, 0, 0, DateTimeKind.Utc);
        if (dayOfYear > 0)
        {
            var date = first.AddDays(InRange(dayOfYear, 1, DateTime.IsLeapYear(first.Year) ? 366 : 365, "day-of-year") - 1);
            if ((month > 0 && month != date.Month) || (day > 0 && day != date.Day))
            {
                throw Invalid(": day-of-year does not match the date");
            }

            (month, day) = (date.Month, date.Day);
        }

        (month, day) = (month == 0 ? 1 : month, day == 0 ? 1 : day);

        // Year 0 is no year of .NET's calendar; it has the days of year 4 and lies beyond any range that is accepted.
        var calendarYear = year == 0 ? 4 : year;
        InRange(day, 1, DateTime.DaysInMonth(calendarYear, month), "day");
        var time = new DateTime(calendarYear, month, day, hour, minute, second, DateTimeKind.Utc);
        return ((BigInteger)((time - DateTime.UnixEpoch) - offset).Ticks * 100) + nanosecond;
    }

    private int Name(string[] names, int length)
    {
        for (var i = 0; i < names.Length; i++)
        {
            var name = length == 0 ? names[i] : names[i][..length];
            if (rest.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                rest = rest[name.Length..];
                return i;
            }
        }

        throw Invalid();
    }

    private int Digits(int least, int most)
    {
        var count = rest.TakeWhile(char.IsAsciiDigit).Take(most).Count();
        return count >= least ? int.Parse(Take(count), null) : throw Invalid();
    }

    private string Take(int count)
    {
        var taken = rest.Length >= count ? rest[..count] : throw Invalid();
        rest = rest[count..];
        return taken;
    }

    private int InRange(int number, int least, int most, string what) =>
        number >= least && number <= most ? number : throw Invalid($": {what} out of range");

    private BuiltinException Invalid(string problem = "") => BuiltinException.Failed(
        $"parsing time {ValueText.Quote(value)}" + (problem.Length > 0 ? problem : $" as {ValueText.Quote(layout)}: cannot parse {ValueText.Quote(rest)}"));
}
