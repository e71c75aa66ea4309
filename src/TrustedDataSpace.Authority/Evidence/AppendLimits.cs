using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.RateLimiting;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>How much each member may append, so that none can flood the log; one bucket for each member that has appended.</summary>
internal sealed class AppendLimits(AuthoritySettings settings) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<TokenBucketRateLimiter>> buckets = new();

    /// <exception cref="RefusalException">QuotaExhausted; the response says when to come again.</exception>
    public void Take(string member, int entries, HttpResponse response)
    {
        using var lease = buckets.GetOrAdd(member, _ => new(Bucket)).Value.AttemptAcquire(entries);
        if (lease.IsAcquired)
        {
            return;
        }

        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 1;
        response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        throw new RefusalException(RefusalCode.QuotaExhausted, $"A member appends {settings.Evidence.EntriesPerSecond} entries a second at most.")
        {
            Term = "entries",
            Remedy = $"Send the batch again in {wait} s.",
        };
    }

    public void Dispose()
    {
        foreach (var bucket in buckets.Values)
        {
            bucket.Value.Dispose();
        }
    }

    private TokenBucketRateLimiter Bucket() => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = settings.Evidence.Burst,
        TokensPerPeriod = settings.Evidence.EntriesPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });
}
