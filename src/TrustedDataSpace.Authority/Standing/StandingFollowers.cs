using System.Collections.Concurrent;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Standing;

/// <summary>Those who follow the standing, one stream each.</summary>
internal sealed class StandingFollowers(StandingEpochs epochs, ParticipantStore participants, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    // A restarted connector may come before its old stream is found dead.
    private const int MostOfOne = 4;

    // Of a stream whose token tells no end.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, int> open = new();

    /// <summary>The stream of the caller: first what changed since, then every epoch until its token ends or it is no member any more.</summary>
    /// <exception cref="RefusalException">QuotaExhausted: it has too many open.</exception>
    public IAsyncEnumerable<SseItem<string>> Follow(HttpContext context, long? after)
    {
        var member = Caller.MemberOf(context.User);
        if (open.AddOrUpdate(member, 1, (_, present) => present + 1) > MostOfOne)
        {
            Leave(member);
            throw new RefusalException(RefusalCode.QuotaExhausted, $"{MostOfOne} streams of this participant are open already.") { Remedy = "close one" };
        }

        context.Response.OnCompleted(() =>
        {
            Leave(member);
            return Task.CompletedTask;
        });
        return FollowAsync(member, after, LifetimeOf(context), context.RequestAborted);
    }

    private async IAsyncEnumerable<SseItem<string>> FollowAsync(string member, long? after, TimeSpan longest, [EnumeratorCancellation] CancellationToken aborted)
    {
        using var over = new CancellationTokenSource(longest, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping, over.Token);
        var seen = epochs.Current;
        yield return new SseItem<string>(epochs.Since(after, seen));
        while (await NextAsync(seen, end.Token) is { } next)
        {
            seen = next;
            yield return new SseItem<string>(seen.Jws);
            if (seen.Changed.ContainsKey(member) && participants.Find(member)?.IsActive != true)
            {
                yield break;
            }
        }
    }

    private static async Task<Published?> NextAsync(Published seen, CancellationToken end)
    {
        try
        {
            return await seen.Next.WaitAsync(end);
        }
        catch (OperationCanceledException)
        {
            // The stream ends here; its reader comes back with the last change it knows.
            return null;
        }
    }

    private TimeSpan LifetimeOf(HttpContext context) =>
        long.TryParse(context.User.FindFirst("exp")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            ? TimeSpan.FromSeconds(Math.Clamp(expires - clock.GetUtcNow().ToUnixTimeSeconds(), 0, (long)Longest.TotalSeconds))
            : Longest;

    private void Leave(string member)
    {
        // The entry of one who has none open is taken away, unless another has just come.
        if (open.AddOrUpdate(member, 0, (_, present) => present - 1) <= 0)
        {
            open.TryRemove(KeyValuePair.Create(member, 0));
        }
    }
}
