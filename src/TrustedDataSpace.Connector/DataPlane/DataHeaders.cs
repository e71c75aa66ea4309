using System.Globalization;
using System.Text;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Headers between the two connectors (and, for the purpose, from the application).</summary>
internal static class DataHeaders
{
    /// <summary>The declared purpose of a request.</summary>
    public const string Purpose = "Tds-Purpose";

    /// <summary>The longest purpose, characters.</summary>
    public const int LongestPurpose = 64;

    /// <summary>In an answer: <c>INTERVAL/SEQUENCE</c>, the provider's number of this use. Both connectors count under it.</summary>
    public const string Usage = "Tds-Usage";

    /// <summary>Between the connectors: the consumer's own id of a request, under which it may ask what became of it.</summary>
    public const string Request = "Tds-Request";

    /// <summary>Longest id of a request, characters.</summary>
    public const int LongestRequestId = 64;

    /// <summary>The application, as the consumer's connector names it under its signature.</summary>
    public const string Application = "Tds-Application";

    /// <summary>The application that the request names; null without one.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static string? ApplicationOf(HttpRequest request)
    {
        var names = request.Headers[Application];
        return names.Count switch
        {
            0 => null,
            1 when names.ToString() is { Length: > 0 and <= LongestPurpose } name => name,
            _ => throw new RefusalException(RefusalCode.Malformed, $"{Application} must be given once, with 1 to {LongestPurpose} characters.") { Where = Application },
        };
    }

    /// <summary>What the request says about itself, for the count.</summary>
    /// <param name="request">The request.</param>
    /// <param name="target">Its target.</param>
    /// <param name="purpose">The declared purpose.</param>
    /// <param name="id">The consumer's own id of it; null where it has none, or gives it later.</param>
    /// <exception cref="RefusalException">Malformed: the purpose or the idempotency key.</exception>
    public static UsageClaim ClaimOf(HttpRequest request, CanonicalTarget target, string purpose, string? id = null)
    {
        var keys = request.Headers[RetryRule.Header];
        if (keys.Count > 1 || keys.ToString().Length > RetryRule.LongestKey || (keys.Count == 1 && string.IsNullOrWhiteSpace(keys)) || !Ascii.IsValid(keys.ToString()))
        {
            throw new RefusalException(RefusalCode.Malformed, $"{RetryRule.Header} must be given once, with 1 to {RetryRule.LongestKey} characters of ASCII.") { Where = RetryRule.Header };
        }

        return keys.Count == 0
            ? new UsageClaim(CheckedPurpose(purpose), null, "", id)
            : new UsageClaim(CheckedPurpose(purpose), keys.ToString(), RetryRule.RequestDigest(request.Method, target.Path + target.Query, purpose, request.Headers[SentBody.Digest].ToString()), id);
    }

    /// <summary>Whether a request can declare that purpose; an empty one is none.</summary>
    public static bool IsDeclarable(string purpose) => purpose.Length <= LongestPurpose && !purpose.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>The purpose, if it is spelt as one.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static string CheckedPurpose(string purpose)
    {
        // Both connectors count by this text: what one of them could trim or decode differently would give two counts.
        if (!IsDeclarable(purpose))
        {
            throw new RefusalException(RefusalCode.Malformed, $"A purpose has at most {LongestPurpose} visible ASCII characters and no spaces.") { Where = Purpose };
        }

        return purpose;
    }

    /// <summary>The id that the consumer's connector gave the request; null without one.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static string? RequestIdOf(HttpRequest request)
    {
        var ids = request.Headers[Request];
        return ids.Count > 1 || ids.ToString().Length > LongestRequestId
            ? throw new RefusalException(RefusalCode.Malformed, $"{Request} must be given once, with at most {LongestRequestId} characters.") { Where = Request }
            : ids.Count == 0 ? null : ids.ToString();
    }

    /// <summary>Data is given only where its end can be told from a connection that breaks.</summary>
    /// <exception cref="RefusalException">Malformed: HTTP/1.0.</exception>
    public static void RequireKnownEnd(HttpRequest request)
    {
        if (HttpProtocol.IsHttp10(request.Protocol))
        {
            throw new RefusalException(RefusalCode.Malformed, "In HTTP/1.0 the end of an answer cannot be told from one that was broken off.") { Where = "protocol", Remedy = "use HTTP/1.1 or 2" };
        }
    }

    /// <summary>Writes the number of a use.</summary>
    public static string FormatUsage(long interval, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{interval}/{sequence}");

    /// <summary>Reads the number of a use.</summary>
    public static bool TryParseUsage(string? text, out long interval, out long sequence)
    {
        sequence = 0;
        var parts = (text ?? "").Split('/');
        return long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out interval)
            && parts.Length == 2
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out sequence)
            && interval > 0
            && sequence > 0;
    }
}
