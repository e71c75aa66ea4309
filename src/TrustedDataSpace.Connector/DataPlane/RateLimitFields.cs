using TrustedDataSpace.Connector.Metering.Quotas;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Tells the application what is left of its contract (IETF draft-ietf-httpapi-ratelimit-headers: <c>RateLimit-Policy</c> and
/// <c>RateLimit</c>, one item for each quota; the item is named as the counter is).
/// </summary>
internal static class RateLimitFields
{
    public const string Policy = "RateLimit-Policy";
    public const string Limit = "RateLimit";

    public static void Write(HttpResponse response, AgreementCount? count, DateTimeOffset now)
    {
        if (count is { HasQuotas: true })
        {
            var (policy, limit) = count.RateLimit(now);
            response.Headers[Policy] = policy;
            response.Headers[Limit] = limit;
        }
    }
}
