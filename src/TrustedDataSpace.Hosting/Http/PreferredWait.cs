using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace TrustedDataSpace.Hosting.Http;

/// <summary>How long a caller is ready to wait for news: <c>Prefer: wait=SECONDS</c> (RFC 7240 §4.3).</summary>
public static class PreferredWait
{
    private const int LongestSeconds = 60;

    /// <summary>The wait of the request, at most 60 s; zero without one. As the RFC asks, a preference that is not understood is passed over.</summary>
    public static TimeSpan Of(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);

        // OPA asks for bundles with `modes=snapshot,delta;wait=30`: there the wait stands as a parameter of another preference.
        foreach (var preference in request.Headers["Prefer"].SelectMany(value => (value ?? "").Split(',', ';')))
        {
            var parts = preference.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is ["wait", var seconds] && int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var wait))
            {
                return TimeSpan.FromSeconds(Math.Min(wait, LongestSeconds));
            }
        }

        return TimeSpan.Zero;
    }
}
