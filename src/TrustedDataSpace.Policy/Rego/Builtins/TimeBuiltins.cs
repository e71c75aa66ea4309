using System.Numerics;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Points in time as nanoseconds since 1970, in UTC or a named zone. Results must fit in 64 bits (years 1677 to 2262).</summary>
internal static class TimeBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("time.now_ns", 0, call => call.Evaluation.Now),
        new("time.parse_rfc3339_ns", 1, call => Rfc3339.TryParse(call.Text(0), out var quick)
            ? new RegoNumber(quick)
            : InRange(GoTimeParser.Parse(GoTimeLayout.Resolve("RFC3339"), call.Text(0)))),
        new("time.parse_ns", 2, call => InRange(GoTimeParser.Parse(GoTimeLayout.Resolve(call.Text(0)), call.Text(1)))),
        new("time.parse_duration_ns", 1, call => new RegoNumber(GoDuration.Parse(call.Text(0)))),
        new("time.clock", 1, call => Moment.Of(call, 0).Local is var time ? Numbers(time.Hour, time.Minute, time.Second) : null),
        new("time.date", 1, call => Moment.Of(call, 0).Local is var time ? Numbers(time.Year, time.Month, time.Day) : null),
        new("time.weekday", 1, call => new RegoString(Moment.Of(call, 0).Local.DayOfWeek.ToString())),
        new("time.format", 1, Format),
        new("time.add_date", 4, AddDate),
        new("time.diff", 2, Difference),
    ];

    private static RegoArray Numbers(params IEnumerable<int> numbers) => new(numbers.Select(number => new RegoNumber(number)));

    private static RegoNumber InRange(BigInteger nanoseconds) =>
        nanoseconds >= long.MinValue && nanoseconds <= long.MaxValue
            ? new RegoNumber((long)nanoseconds)
            : throw BuiltinException.Failed("time outside of valid range");

    private static RegoString Format(BuiltinCall call)
    {
        var moment = Moment.Of(call, 0);
        var layout = call[0] is RegoArray { Count: 3 } parts
            ? GoTimeLayout.Resolve((parts[2] as RegoString ?? throw call.Wrong(0, "[number (ns), string (tz), string (layout)]")).Value)
            : GoTimeLayout.Resolve("RFC3339Nano");
        return new RegoString(GoTimeLayout.Format(moment.Local, moment.Nanoseconds, moment.ZoneName, layout));
    }

    /// <summary>Years and months first; a day beyond the end of its month runs over into the next one.</summary>
    private static RegoNumber AddDate(BuiltinCall call)
    {
        var moment = Moment.Of(call, 0);
        var (years, months, days) = (call.Int32(1), call.Int32(2), call.Int32(3));
        var local = moment.Local;
        var month = ((local.Year + (BigInteger)years) * 12) + local.Month - 1 + months;
        var year = BigInteger.Divide(month, 12);

        // Far outside of the years that 64 bits hold, whatever the days.
        if (year < 1 || year > 9998 || Math.Abs((long)days) > 3_000_000)
        {
            throw BuiltinException.Failed("time outside of valid range");
        }

        var shifted = new DateTime((int)year, (int)(month % 12) + 1, 1, 0, 0, 0, DateTimeKind.Unspecified)
            .AddDays(local.Day - 1).Add(local.TimeOfDay);
        var days10K = (DateTime.MaxValue - shifted).TotalDays - 1;
        if (days > days10K || -days > (shifted - DateTime.MinValue).TotalDays - 1)
        {
            throw BuiltinException.Failed("time outside of valid range");
        }

        var utc = moment.ToUtc(shifted.AddDays(days));
        return InRange(((BigInteger)(utc - DateTime.UnixEpoch).Ticks * 100) + (moment.Nanoseconds % 100));
    }

    /// <summary>Years, months, days, hours, minutes and seconds from the earlier to the later one, in the zone of the first operand.</summary>
    private static RegoArray Difference(BuiltinCall call)
    {
        var (x, y) = (Moment.Of(call, 0), Moment.Of(call, 1));
        var (start, end) = (x.Local, y.In(x).Local);
        (start, end) = start > end ? (end, start) : (start, end);
        var years = end.Year - start.Year;
        var months = end.Month - start.Month;
        var days = end.Day - start.Day;
        var hours = end.Hour - start.Hour;
        var minutes = end.Minute - start.Minute;
        var seconds = end.Second - start.Second;
        Borrow(ref seconds, 60, ref minutes);
        Borrow(ref minutes, 60, ref hours);
        Borrow(ref hours, 24, ref days);
        Borrow(ref days, DateTime.DaysInMonth(start.Year, start.Month), ref months);
        Borrow(ref months, 12, ref years);
        return Numbers(years, months, days, hours, minutes, seconds);
    }

    private static void Borrow(ref int small, int size, ref int large)
    {
        if (small < 0)
        {
            (small, large) = (small + size, large - 1);
        }
    }

    /// <summary>A point in time as it is seen in a zone.</summary>
    private readonly record struct Moment(DateTimeOffset Local, int Nanoseconds, TimeZoneInfo Zone)
    {
        /// <summary>Go's name of the zone: the offset stands for the abbreviation, which .NET does not know.</summary>
        public string ZoneName
        {
            get
            {
                if (ReferenceEquals(Zone, TimeZoneInfo.Utc))
                {
                    return "UTC";
                }

                var magnitude = Local.Offset.Duration();
                return $"{(Local.Offset < TimeSpan.Zero ? '-' : '+')}{magnitude.Hours:00}" + (magnitude.Minutes == 0 ? "" : $"{magnitude.Minutes:00}");
            }
        }

        /// <summary>The operand: nanoseconds, or an array of nanoseconds and the name of a zone.</summary>
        public static Moment Of(BuiltinCall call, int operand)
        {
            var (number, zone) = call[operand] switch
            {
                RegoNumber nanoseconds => (nanoseconds, ""),
                RegoArray { Count: >= 2 } pair when pair[0] is RegoNumber nanoseconds && pair[1] is RegoString name => (nanoseconds, name.Value),
                _ => throw call.Wrong(operand, "either number (ns) or [number (ns), string (tz)]"),
            };
            if (!number.TryGetInt64(out var value))
            {
                throw number.IsInteger
                    ? BuiltinException.Failed("timestamp too big")
                    : BuiltinException.WrongType(operand, "integer number", "floating-point number");
            }

            var (seconds, rest) = Math.DivRem(value, 1_000_000_000);
            (seconds, rest) = rest < 0 ? (seconds - 1, rest + 1_000_000_000) : (seconds, rest);
            var time = DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(rest / 100);
            var known = zone switch
            {
                "" or "UTC" => TimeZoneInfo.Utc,
                "Local" => TimeZoneInfo.Local,
                _ => TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : throw BuiltinException.Failed($"unknown time zone {zone}"),
            };
            return new Moment(TimeZoneInfo.ConvertTime(time, known), (int)rest, known);
        }

        public Moment In(Moment other) => this with { Local = TimeZoneInfo.ConvertTime(Local, other.Zone), Zone = other.Zone };

        /// <summary>As Go's Date: a time that a change of the clock leaves out or repeats is taken with the offset before it.</summary>
        public DateTime ToUtc(DateTime local)
        {
            var offset = Zone.GetUtcOffset(DateTime.SpecifyKind(local, DateTimeKind.Utc));
            return DateTime.SpecifyKind(local - Zone.GetUtcOffset(DateTime.SpecifyKind(local - offset, DateTimeKind.Utc)), DateTimeKind.Utc);
        }
    }
}

/// <summary>The usual notation of RFC 3339 without a detour; anything else is left to the layouts.</summary>
internal static class Rfc3339
{
    /// <summary>Nanoseconds since 1970, for <c>yyyy-MM-ddTHH:mm:ssZ</c> or with an offset.</summary>
    public static bool TryParse(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        if (text.Length is not (20 or 25) || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
            !TryRead(text, 0, 4, out var year) || !TryRead(text, 5, 2, out var month) || !TryRead(text, 8, 2, out var day) ||
            !TryRead(text, 11, 2, out var hour) || !TryRead(text, 14, 2, out var minute) || !TryRead(text, 17, 2, out var second) ||
            year is < 1700 or > 2200 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) ||
            hour > 23 || minute > 59 || second > 59 || !TryReadOffset(text, out var offset))
        {
            return false;
        }

        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks;
        nanoseconds = (ticks * 100) - (offset * 60_000_000_000);
        return true;
    }

    private static bool TryReadOffset(string text, out long minutes)
    {
        minutes = 0;
        if (text.Length == 20)
        {
            return text[19] == 'Z';
        }

        if (text[22] != ':' || text[19] is not ('+' or '-') || !TryRead(text, 20, 2, out var hour) || !TryRead(text, 23, 2, out var minute) ||
            hour > 23 || minute > 59)
        {
            return false;
        }

        minutes = (text[19] == '-' ? -1 : 1) * ((hour * 60) + minute);
        return true;
    }

    private static bool TryRead(string text, int start, int length, out int number)
    {
        number = 0;
        for (var i = start; i < start + length; i++)
        {
            if (!char.IsAsciiDigit(text[i]))
            {
                return false;
            }

            number = (number * 10) + text[i] - '0';
        }

        return true;
    }
}
