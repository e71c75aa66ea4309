using System.Globalization;
using System.Text;
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
        if (count is not { HasQuotas: true })
        {
            return;
        }

        var (policy, limit) = (new StringBuilder(), new StringBuilder());
        foreach (var quota in count.States(now))
        {
            var comma = policy.Length > 0 ? ", " : "";
            policy.Append(CultureInfo.InvariantCulture, $"{comma}\"{quota.Counter}\";q={quota.Limit}");
            limit.Append(CultureInfo.InvariantCulture, $"{comma}\"{quota.Counter}\";r={quota.Left}");
            if (quota.End < DateTimeOffset.MaxValue)
            {
                policy.Append(CultureInfo.InvariantCulture, $";w={(long)(quota.End - quota.Start).TotalSeconds}");
                limit.Append(CultureInfo.InvariantCulture, $";t={Math.Max(0, (long)Math.Ceiling((quota.End - now).TotalSeconds))}");
            }
        }

        response.Headers[Policy] = policy.ToString();
        response.Headers[Limit] = limit.ToString();
    }
}
