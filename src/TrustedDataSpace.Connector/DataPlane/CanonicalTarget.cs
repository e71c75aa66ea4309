using System.Globalization;
using System.Text;
using System.Text.Unicode;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The target of a data request, made canonical once: policy, signature check and source all get these same strings. What different
/// servers read differently (encoded slashes, dot segments, doubled slashes, back-slashes, parameters behind ';', control characters,
/// absolute form) is refused, not repaired. Lesson of CVE-2026-26205 and CVE-2026-42274, where policy and source saw two paths.
/// </summary>
/// <param name="Key">The segment behind the prefix: the flow, or the agreement.</param>
/// <param name="Path">The rest, beginning with '/', or empty.</param>
/// <param name="Query">With its '?', or empty.</param>
internal sealed record CanonicalTarget(string Key, string Path, string Query)
{
    private const int Longest = 8 * 1024;
    private const string Unreserved = "-._~";

    // RFC 3986 pchar without ';', and what a query has besides.
    private const string PathOthers = Unreserved + "!$&'()*+,=:@/";
    private const string QueryOthers = PathOthers + ";?";

    /// <summary>Reads the request target as it came over the wire.</summary>
    /// <param name="rawTarget">Request target (RFC 9112 §3.2).</param>
    /// <param name="prefix">With slashes at both ends, for example <c>/data/</c>.</param>
    /// <exception cref="RefusalException">Malformed: says what may not stand there.</exception>
    public static CanonicalTarget Parse(string rawTarget, string prefix)
    {
        if (rawTarget.Length > Longest)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"The request target is longer than {Longest} characters.") { Where = "request target", Remedy = "ask for less in one address" };
        }

        if (!rawTarget.StartsWith(prefix, StringComparison.Ordinal))
        {
            throw Refuse($"it does not begin with {prefix}");
        }

        var question = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var rawPath = question < 0 ? rawTarget[prefix.Length..] : rawTarget[prefix.Length..question];
        var path = Canonical(rawPath, PathOthers);
        if (path.Split('/').Any(segment => segment is "." or "..") || path.Contains("//", StringComparison.Ordinal) || path.StartsWith('/'))
        {
            throw Refuse("it has dot segments or doubled slashes");
        }

        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var key = slash < 0 ? path : path[..slash];
        return key.Length == 0
            ? throw Refuse($"nothing stands behind {prefix}")
            : new CanonicalTarget(Uri.UnescapeDataString(key), slash < 0 ? "" : path[slash..], question < 0 ? "" : "?" + Canonical(rawTarget[(question + 1)..], QueryOthers));
    }

    // One spelling for each string: unreserved characters plain, all others as upper-case percent triplets of valid UTF-8.
    private static string Canonical(string text, string others)
    {
        var result = new StringBuilder(text.Length);
        var encoded = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c != '%')
            {
                Flush(result, encoded);
                result.Append(IsPlain(c, others) ? c : throw Refuse($"the character U+{(int)c:X4} may not stand there unescaped"));
                continue;
            }

            if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                throw Refuse("a '%' is not followed by two hexadecimal digits");
            }

            if (value is (byte)'/' or (byte)'\\' or (byte)';' or (byte)'%' or < 0x20 or 0x7F)
            {
                throw Refuse($"%{value:X2} may not stand there: servers disagree on what it means");
            }

            encoded.Add(value);
            i += 2;
        }

        Flush(result, encoded);
        return result.ToString();
    }

    private static void Flush(StringBuilder result, List<byte> encoded)
    {
        if (encoded.Count == 0)
        {
            return;
        }

        if (!Utf8.IsValid(encoded.ToArray()))
        {
            throw Refuse("its escaped bytes are not UTF-8");
        }

        foreach (var value in encoded)
        {
            if (IsUnreserved((char)value))
            {
                result.Append((char)value);
            }
            else
            {
                result.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        encoded.Clear();
    }

    private static bool IsPlain(char c, string others) => char.IsAsciiLetterOrDigit(c) || others.Contains(c, StringComparison.Ordinal);

    private static bool IsUnreserved(char c) => char.IsAsciiLetterOrDigit(c) || Unreserved.Contains(c, StringComparison.Ordinal);

    private static RefusalException Refuse(string why) =>
        new(RefusalCode.Malformed, $"The request target is refused: {why}.") { Where = "request target", Remedy = "send the path in its plain form" };
}
