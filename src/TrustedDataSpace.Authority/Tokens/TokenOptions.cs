namespace TrustedDataSpace.Authority.Tokens;

/// <summary>Access tokens.</summary>
public sealed record TokenOptions
{
    /// <summary>How long an access token is valid. Default 5 minutes, 1 hour at most.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Issuer URL of another OpenID provider whose tokens this authority accepts in place of its own. Default: none, the authority's own
    /// token endpoint.
    /// </summary>
    public Uri? Issuer { get; init; }

    internal IEnumerable<string> Problems()
    {
        if (Lifetime < TimeSpan.FromSeconds(30) || Lifetime > TimeSpan.FromHours(1))
        {
            yield return "Tokens:Lifetime must be from 00:00:30 to 01:00:00";
        }

        if (Issuer is not null && !(Issuer.IsAbsoluteUri && (Issuer.Scheme == Uri.UriSchemeHttps || Issuer.IsLoopback)))
        {
            yield return $"Tokens:Issuer '{Issuer}' is neither https:// nor on loopback";
        }
    }
}
