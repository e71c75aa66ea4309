using System.Net;
using System.Threading.RateLimiting;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>Counts bad codes by the caller's address. A code cannot be guessed; this keeps whoever tries from costing much, and shows in the log of a proxy.</summary>
internal sealed class InviteAttempts : IDisposable
{
    /// <summary>Bad codes that one address may show in a minute.</summary>
    public const int MostInAMinute = 10;

    private readonly PartitionedRateLimiter<IPAddress> limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(address =>
        RateLimitPartition.GetFixedWindowLimiter(address, _ => new FixedWindowRateLimiterOptions { PermitLimit = MostInAMinute, Window = TimeSpan.FromMinutes(1) }));

    /// <summary>Runs what looks at a code, unless this address has shown too many bad ones.</summary>
    /// <exception cref="RefusalException">QuotaExhausted; or what the work refuses.</exception>
    public async Task<T> LimitAsync<T>(HttpContext context, Func<Task<T>> work)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (limiter.GetStatistics(address) is { CurrentAvailablePermits: 0 })
        {
            throw new RefusalException(RefusalCode.QuotaExhausted, $"{MostInAMinute} bad codes came from this address within a minute.")
            {
                Term = InviteService.Term,
                Remedy = "Try again in a minute, with the code that the operator gave you.",
            };
        }

        try
        {
            return await work();
        }
        catch (RefusalException refusal) when (refusal.Term == InviteService.Term)
        {
            using var counted = limiter.AttemptAcquire(address);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => limiter.Dispose();
}
