using System.Net;

namespace TrustedDataSpace.Policy.Opa;

/// <summary>Where the OPA server is that decides, and how long it may take.</summary>
public sealed record OpaOptions
{
    /// <summary>Its address: <c>https://host:port</c>, <c>http://</c> on loopback, or a socket as <c>unix:///run/opa/opa.sock</c>. No path: that is fixed.</summary>
    public string Url { get; init; } = "";

    /// <summary>Bearer token, for a server that runs with <c>--authentication=token</c>. Default none.</summary>
    public string? Token { get; init; }

    /// <summary>File with the bearer token, in place of <see cref="Token"/>; read at the start.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Name that the server's configuration gives the bundle of the space. Default <c>space</c>.</summary>
    public string Bundle { get; init; } = "space";

    /// <summary>Longest wait for one whole answer. Default 1 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Everything that is wrong with these settings; empty when all is well.</summary>
    /// <param name="section">What the names of the settings begin with.</param>
    public IEnumerable<string> Problems(string section)
    {
        if (!IsUsable(Url))
        {
            yield return $"{section}:Url '{Url}' is not https://HOST:PORT, http://127.0.0.1:PORT (loopback only) or unix:///PATH, without user, path and query";
        }

        if (TokenProblem() is { } problem)
        {
            yield return $"{section}:{problem}";
        }

        if (Bundle.Length == 0)
        {
            yield return $"{section}:Bundle is empty: the name of the bundle in the configuration of OPA, for example space";
        }

        if (Timeout < TimeSpan.FromMilliseconds(10) || Timeout > TimeSpan.FromSeconds(30))
        {
            yield return $"{section}:Timeout must lie between 10 ms and 30 s";
        }
    }

    /// <summary>The path of the socket, or null when the server is asked over TCP.</summary>
    internal string? SocketPath => Url.StartsWith("unix:///", StringComparison.Ordinal) ? Url["unix://".Length..] : null;

    internal string? ReadToken() => TokenFile is null ? Token : File.ReadAllText(TokenFile).Trim();

    private string? TokenProblem()
    {
        if (Token is not null && TokenFile is not null)
        {
            return "Token and TokenFile are both set: keep one";
        }

        try
        {
            return ReadToken() is { } token && !IsToken(token) ? "Token is not a bearer token: visible ASCII characters without spaces" : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"TokenFile cannot be read: {failure.Message}";
        }
    }

    private static bool IsToken(string token) => token.Length > 0 && token.All(c => c is > ' ' and < '\x7f');

    // Questions and decisions would travel readable and changeable (DESIGN §3 rule 10).
    private static bool IsUsable(string text)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            return text.StartsWith("unix:///", StringComparison.Ordinal) && text.Length > "unix:///".Length;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url is { PathAndQuery: "/", Fragment: "", UserInfo: "" }
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IsLoopback(url)));
    }

    private static bool IsLoopback(Uri url) =>
        url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Redacted: a record's own text would show the secret in a log.</summary>
    public override string ToString() => nameof(OpaOptions);
}
