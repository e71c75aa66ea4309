using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>A look at the log of the space now and then: whether it has only grown, and whether its authority was restored and wants back what it has lost.</summary>
internal sealed class LogLook(HandBack back, LogWatch watch, TimeProvider clock, ILogger<LogLook> logger)
{
    // No authority is stopped, restored and started in less; and each receipt is a look of its own.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private long takenAt;

    /// <summary>Looks, unless a moment ago.</summary>
    /// <exception cref="RefusalException">Conflict: the log is refused; Unavailable and others: the authority does not answer.</exception>
    public async Task TakeAsync(CancellationToken cancellation)
    {
        if (takenAt != 0 && clock.GetElapsedTime(takenAt) < BetweenLooks)
        {
            return;
        }

        try
        {
            await watch.LookAsync(cancellation);
        }
        finally
        {
            // Also where it is refused: what a restored log is refused for is what it is given back.
            await HandBackAsync(cancellation);
        }

        Taken();
    }

    // What was seen of the log counts, whatever becomes of that: it is tried again at the next look.
    private async Task HandBackAsync(CancellationToken cancellation)
    {
        try
        {
            await back.RunAsync(cancellation);
        }
        catch (RefusalException refusal)
        {
            logger.NotHandedBack(refusal.Message);
        }
    }

    /// <summary>The log was seen in another way.</summary>
    public void Taken() => takenAt = clock.GetTimestamp();

    /// <summary>Looks again the next time.</summary>
    public void Forget() => takenAt = 0;
}
