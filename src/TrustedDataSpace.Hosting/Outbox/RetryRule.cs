using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>Whether a failed message is tried again, and when.</summary>
internal static class RetryRule
{
    // A peer that is late is asked at least so often, however old the message is: it may have waited behind another.
    private const int LeastAttempts = 5;

    /// <summary>What follows from a failure: a pause, or the reason to give up.</summary>
    public static RetryVerdict Judge(OutboxOptions options, OutboxMessage message, Exception failure, DateTimeOffset now)
    {
        var age = now - DateTimeOffset.FromUnixTimeMilliseconds(message.CreatedAt);
        var pause = BackOff.After(message.Attempts, options.FirstPause, options.LongestPause);
        if (failure is RefusalException { IsForNow: false } refusal && refusal.Code != RefusalCode.Unavailable)
        {
            return refusal.MayPass && (age < options.NotFoundPatience || message.Attempts + 1 < LeastAttempts)
                ? new(OutboxOutcome.NotYet, pause, null)
                : new(OutboxOutcome.Refused, default, refusal);
        }

        return age > options.GiveUpAfter
            ? new(OutboxOutcome.Expired, default, TooOld(options, failure.Message, failure))
            : new(OutboxOutcome.Failed, pause, null);
    }

    /// <summary>The reason of a message that has become too old.</summary>
    public static RefusalException TooOld(OutboxOptions options, string reason, Exception? failure = null) =>
        new(RefusalCode.Unavailable, $"Not delivered within {options.GiveUpAfter}: {reason}", failure);
}

/// <summary>What follows from a failure.</summary>
/// <param name="Outcome">Tried again: NotYet, Failed. Given up: Refused, Expired.</param>
/// <param name="Pause">Until the next attempt.</param>
/// <param name="GiveUp">The reason to give up, or null.</param>
internal sealed record RetryVerdict(OutboxOutcome Outcome, TimeSpan Pause, RefusalException? GiveUp);
