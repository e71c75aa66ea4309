using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The target of a data request, made canonical once: policy, signature check and source all get these same strings. What different
/// servers read differently (encoded slashes, dot segments, doubled slashes, back-slashes, parameters behind ';', control characters,
/// absolute form) is refused, not repaired. Lesson of CVE-2026-26205 and CVE-2026-42274, where policy and source saw two paths. Upper
/// and lower case are told apart, and so are a path with and without a slash at its end.
/// </summary>
internal sealed class CanonicalTarget : IEquatable<CanonicalTarget>
{
    private const int Longest = 8 * 1024;
    private const string Unreserved = "-._~";

    // RFC 3986 pchar without ';', and what a query has besides.
    private const string PathOthers = Unreserved + "!$&'()*+,=:@/";
    private const string QueryOthers = PathOthers + ";?";
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> PathPlain = SearchValues.Create(Alphanumeric + PathOthers);
    private static readonly SearchValues<char> QueryPlain = SearchValues.Create(Alphanumeric + QueryOthers);

    private readonly string raw;
    private readonly int rawPathLength;

    private CanonicalTarget(string key, string path, string query, bool isVerbatim, string raw, int rawPathLength)
    {
        (Key, Path, Query, IsVerbatim) = (key, path, query, isVerbatim);
        (this.raw, this.rawPathLength) = (raw, rawPathLength);
    }

    /// <summary>The segment behind the prefix: the flow, or the agreement.</summary>
    public string Key { get; }

    /// <summary>The rest, beginning with '/', or empty.</summary>
    public string Path { get; }

    /// <summary>With its '?', or empty. A query of no characters is none.</summary>
    public string Query { get; }

    /// <summary>Whether the target came in its canonical form: then <see cref="RawPath"/> and <see cref="Query"/> are what was signed.</summary>
    public bool IsVerbatim { get; }

    /// <summary>The whole path, with the prefix, as it came.</summary>
    public ReadOnlySpan<char> RawPath => raw.AsSpan(0, rawPathLength);

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

        var text = rawTarget.AsSpan();
        var question = text.IndexOf('?');
        var pathLength = question < 0 ? text.Length : question;
        var repairedPath = Repaired(text[prefix.Length..pathLength], PathPlain, PathOthers);
        var path = repairedPath is null ? text[prefix.Length..pathLength] : repairedPath;
        if (path.StartsWith('/') || path.Contains("//", StringComparison.Ordinal) || HasDotSegment(path))
        {
            throw Refuse("it has dot segments or doubled slashes");
        }

        var slash = path.IndexOf('/');
        var key = slash < 0 ? path : path[..slash];
        if (key.IsEmpty)
        {
            throw Refuse($"nothing stands behind {prefix}");
        }

        var query = question < 0 ? default : text[question..];
        var repairedQuery = query.Length <= 1 ? null : Repaired(query[1..], QueryPlain, QueryOthers);
        return new CanonicalTarget(
            repairedPath is null ? key.ToString() : Uri.UnescapeDataString(key.ToString()),
            slash < 0 ? "" : path[slash..].ToString(),
            query.Length <= 1 ? "" : repairedQuery is null ? query.ToString() : "?" + repairedQuery,
            query.Length != 1 && IsSame(repairedPath, text[prefix.Length..pathLength]) && (query.IsEmpty || IsSame(repairedQuery, query[1..])),
            rawTarget,
            pathLength);
    }

    public bool Equals(CanonicalTarget? other) => other is not null && (Key, Path, Query) == (other.Key, other.Path, other.Query);

    public override bool Equals(object? obj) => Equals(obj as CanonicalTarget);

    public override int GetHashCode() => HashCode.Combine(Key, Path, Query);

    public override string ToString() => Key + Path + Query;

    private static bool IsSame(string? repaired, ReadOnlySpan<char> text) => repaired is null || text.SequenceEqual(repaired);

    private static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        if (!path.Contains('.'))
        {
            return false;
        }

        foreach (var segment in path.Split('/'))
        {
            if (path[segment] is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    // Null: it is canonical as it stands, which one look over it tells unless something is escaped.
    private static string? Repaired(ReadOnlySpan<char> text, SearchValues<char> plain, string others) => text.IndexOfAnyExcept(plain) switch
    {
        < 0 => null,
        var i when text[i] != '%' => throw Unescaped(text[i]),
        _ => Canonical(text, others),
    };

    // One spelling for each string: unreserved characters plain, all others as upper-case percent triplets of valid UTF-8.
    internal static string Canonical(ReadOnlySpan<char> text, string others)
    {
        var result = new StringBuilder(text.Length);
        var encoded = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c != '%')
            {
                Flush(result, encoded);
                result.Append(IsPlain(c, others) ? c : throw Unescaped(c));
                continue;
            }

            if (i + 2 >= text.Length || !byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
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

    private static RefusalException Unescaped(char c) => Refuse($"the character U+{(int)c:X4} may not stand there unescaped");

    private static RefusalException Refuse(string why) =>
        new(RefusalCode.Malformed, $"The request target is refused: {why}.") { Where = "request target", Remedy = "send the path in its plain form" };
}
