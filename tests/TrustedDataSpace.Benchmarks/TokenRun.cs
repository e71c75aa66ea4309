using System.Diagnostics;
using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Tokens;

namespace TrustedDataSpace.Benchmarks;

/// <summary>How fast text is counted in tokens, whole and in parts as a model streams it. Medians of seven.</summary>
internal static class TokenRun
{
    private const int Rounds = 7;
    private const string English = "The specimen was solution treated at 980 °C for one hour, water cooled, and aged at 720 °C for eight hours; its tensile strength is 1,285 MPa. ";
    private const string Chinese = "试样经980℃固溶处理一小时后水冷，再在720℃时效八小时；其抗拉强度为1285兆帕，断后伸长率为百分之十四。可信数据空间让数据可用不可见。";

    public static void Run()
    {
        var start = Stopwatch.GetTimestamp();
        var tokenizer = Tokenizer.BuiltIn;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"vocabulary read in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms"));
        Measure(tokenizer, "English", English);
        Measure(tokenizer, "Chinese", Chinese);
        Measure(tokenizer, "both, mixed", English + Chinese);
    }

    private static void Measure(Tokenizer tokenizer, string name, string unit)
    {
        // Each time another text: no part of it is a copy of the last.
        var text = new StringBuilder();
        for (var i = 0; text.Length < 1 << 20; i++)
        {
            text.Append(unit).Append(i.ToString(CultureInfo.InvariantCulture));
        }

        var whole = text.ToString();
        var bytes = Encoding.UTF8.GetByteCount(whole);
        var tokens = tokenizer.Count(whole);
        var atOnce = Median(() => tokenizer.Count(whole), bytes);
        var inParts = Median(() => InParts(tokenizer, whole), bytes);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {(double)bytes / tokens:F2} bytes a token, {atOnce:F1} MB/s whole, {inParts:F1} MB/s in parts of 8 characters"));
    }

    private static long InParts(Tokenizer tokenizer, string text)
    {
        var counter = new TokenCounter(tokenizer);
        for (var at = 0; at < text.Length; at += 8)
        {
            counter.Add(text.AsSpan(at, Math.Min(8, text.Length - at)));
        }

        return counter.Total;
    }

    private static double Median(Func<long> count, int bytes)
    {
        count();
        var rates = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            count();
            rates.Add(bytes / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return rates.Order().ElementAt(Rounds / 2);
    }
}
