using System.Text;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>
/// A URI taken apart as Go's <c>net/url</c> does it, which OPA exposes. .NET's <see cref="Uri"/> normalises what a policy must see
/// (dot segments, escapes, hosts), so it cannot be used.
/// </summary>
internal sealed record GoUrl(string Scheme, string Hostname, string Port, string Path, string RawPath, string RawQuery, string Fragment)
{
    private enum Part
    {
        Host,
        Zone,
        Path,
        UserInfo,
        Fragment,
    }

    /// <exception cref="BuiltinException">With Go's words.</exception>
    public static GoUrl Parse(string text)
    {
        var mark = text.IndexOf('#', StringComparison.Ordinal);
        var (rest, fragment) = mark < 0 ? (text, "") : (text[..mark], text[(mark + 1)..]);
        try
        {
            var url = ParseWithoutFragment(rest);
            return url with { Fragment = Unescape(fragment, Part.Fragment) };
        }
        catch (FormatException invalid)
        {
            throw BuiltinException.Failed($"parse {ValueText.Quote(rest)}: {invalid.Message}");
        }
    }

    private static GoUrl ParseWithoutFragment(string text)
    {
        if (text == "*")
        {
            return new GoUrl("", "", "", "*", "*", "", "");
        }

        if (text.Any(unit => unit is < ' ' or '\x7f'))
        {
            throw new FormatException("net/url: invalid control character in URL");
        }

        var (scheme, rest) = SplitScheme(text);
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var query = mark < 0 ? "" : rest[(mark + 1)..];
        rest = mark < 0 ? rest : rest[..mark];
        if (!rest.StartsWith('/'))
        {
            if (scheme.Length > 0)
            {
                // Opaque, such as mailto:a@b: it has no part that is reported.
                return new GoUrl(scheme, "", "", "", "", query, "");
            }

            if (rest.Split('/')[0].Contains(':', StringComparison.Ordinal))
            {
                throw new FormatException("first path segment in URL cannot contain colon");
            }
        }

        var host = "";
        if (rest.StartsWith("//", StringComparison.Ordinal) && (scheme.Length > 0 || !rest.StartsWith("///", StringComparison.Ordinal)))
        {
            var slash = rest.IndexOf('/', 2);
            var authority = slash < 0 ? rest[2..] : rest[2..slash];
            rest = slash < 0 ? "" : rest[slash..];
            host = ParseAuthority(authority);
        }

        var path = Unescape(rest, Part.Path);
        var (hostname, port) = SplitPort(host);
        return new GoUrl(scheme, hostname, port, path, EscapePath(path) == rest ? path : rest, query, "");
    }

    private static (string Scheme, string Remainder) SplitScheme(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiLetter(text[i]) || (i > 0 && (char.IsAsciiDigit(text[i]) || text[i] is '+' or '-' or '.')))
            {
                continue;
            }

            return text[i] switch
            {
                ':' when i == 0 => throw new FormatException("missing protocol scheme"),
                ':' => (text[..i].ToLowerInvariant(), text[(i + 1)..]),
                _ => ("", text),
            };
        }

        return ("", text);
    }

    private static string ParseAuthority(string authority)
    {
        var at = authority.LastIndexOf('@');
        var host = ParseHost(authority[(at + 1)..]);
        if (at < 0)
        {
            return host;
        }

        var user = authority[..at];
        if (!user.All(unit => char.IsAsciiLetterOrDigit(unit) || "-._:~!$&'()*+,;=%@".Contains(unit, StringComparison.Ordinal)))
        {
            throw new FormatException("net/url: invalid userinfo");
        }

        _ = Unescape(user, Part.UserInfo);
        return host;
    }

    private static string ParseHost(string host)
    {
        if (!host.StartsWith('['))
        {
            var colon = host.LastIndexOf(':');
            CheckPort(colon < 0 ? "" : host[colon..]);
            return Unescape(host, Part.Host);
        }

        var end = host.LastIndexOf(']');
        if (end < 0)
        {
            throw new FormatException("missing ']' in host");
        }

        CheckPort(host[(end + 1)..]);
        var zone = host[..end].IndexOf("%25", StringComparison.Ordinal);
        return zone < 0
            ? Unescape(host, Part.Host)
            : Unescape(host[..zone], Part.Host) + Unescape(host[zone..end], Part.Zone) + Unescape(host[end..], Part.Host);
    }

    private static void CheckPort(string port)
    {
        if (!IsOptionalPort(port))
        {
            throw new FormatException($"invalid port {ValueText.Quote(port)} after host");
        }
    }

    private static bool IsOptionalPort(string port) => port.Length == 0 || (port[0] == ':' && port.Skip(1).All(char.IsAsciiDigit));

    private static (string Host, string Port) SplitPort(string host)
    {
        var colon = host.LastIndexOf(':');
        var port = "";
        if (colon >= 0 && IsOptionalPort(host[colon..]))
        {
            (host, port) = (host[..colon], host[(colon + 1)..]);
        }

        return host.StartsWith('[') && host.EndsWith(']') ? (host[1..^1], port) : (host, port);
    }

    private static string Unescape(string text, Part part)
    {
        var result = new List<byte>(text.Length);
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '%')
            {
                if (part is Part.Host or Part.Zone && bytes[i] < 0x80 && MustEscapeInHost((char)bytes[i]))
                {
                    throw new FormatException($"invalid character {ValueText.Quote(((char)bytes[i]).ToString())} in host name");
                }

                result.Add(bytes[i]);
                continue;
            }

            var escape = Encoding.UTF8.GetString(bytes.AsSpan(i, Math.Min(3, bytes.Length - i)));
            if (escape.Length < 3 || !char.IsAsciiHexDigit(escape[1]) || !char.IsAsciiHexDigit(escape[2]))
            {
                throw new FormatException($"invalid URL escape {ValueText.Quote(escape)}");
            }

            var value = Convert.FromHexString(escape.AsSpan(1))[0];

            // RFC 3986 §3.2.2: in a host, escapes are for bytes beyond ASCII; RFC 6874 §2: %25 begins a zone.
            var isRefused = escape != "%25" && part switch
            {
                Part.Host => value < 0x80,
                Part.Zone => value != ' ' && (value >= 0x80 || MustEscapeInHost((char)value)),
                _ => false,
            };
            if (isRefused)
            {
                throw new FormatException($"invalid URL escape {ValueText.Quote(escape)}");
            }

            result.Add(value);
            i += 2;
        }

        return Encoding.UTF8.GetString([.. result]);
    }

    private static bool MustEscapeInHost(char unit) =>
        !char.IsAsciiLetterOrDigit(unit) && !"!$&'()*+,;=:[]<>\"-_.~".Contains(unit, StringComparison.Ordinal);

    /// <summary>The path as Go writes it by default.</summary>
    private static string EscapePath(string path)
    {
        var result = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(path))
        {
            var unit = (char)value;
            if (value < 0x80 && (char.IsAsciiLetterOrDigit(unit) || "-_.~$&+,/:;=@".Contains(unit, StringComparison.Ordinal)))
            {
                result.Append(unit);
            }
            else
            {
                result.Append('%').Append(Convert.ToHexString([value]));
            }
        }

        return result.ToString();
    }
}
