using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <content>How it is learned what has become of uses that nobody could count.</content>
public sealed partial class PrepaidTests
{
    [Fact]
    public async Task What_has_become_of_uses_is_asked_every_few_seconds_and_a_refusal_of_that_is_logged_and_no_more()
    {
        var (next, unknown) = await KilledAsync();
        await RestAsync(next);
        var before = next.Balance.State.Used;
        var log = new Warnings();
        var time = new Ticks();
        var (asked, refuses) = (0, true);
        var resolutions = new Resolutions(
            (agreement, from, _, _) =>
            {
                asked++;
                Assert.Equal((Flow.AgreementId, unknown.Interval), (agreement, from));
                return refuses
                    ? Task.FromException<Page<Receipt>>(new RefusalException(RefusalCode.Forbidden, "Not to you."))
                    : Task.FromResult(new Page<Receipt>([Said(unknown, ReceiptStates.Resolved, [Counts(UsageOutcomes.Ok, 4)])]));
            },
            database,
            next.Counts,
            time,
            log);

        await LearnAsync(anew: false);
        await LearnAsync(anew: false);
        Assert.Equal((1, 1), (asked, log.Said.Count));
        Assert.Equal(before, next.Balance.State.Used);
        Assert.IsType<RefusalException>(log.Said[0].Failure);
        Assert.Contains(Flow.AgreementId, log.Said[0].Text, StringComparison.Ordinal);

        // Whoever looks at the balance is told how it stands.
        await LearnAsync(anew: true);
        Assert.Equal((2, 2), (asked, log.Said.Count));

        refuses = false;
        time.Now += 4 * TimeSpan.TicksPerSecond;
        await LearnAsync(anew: false);
        Assert.Equal(2, asked);
        time.Now += TimeSpan.TicksPerSecond;
        await LearnAsync(anew: false);
        Assert.Equal((3, 2), (asked, log.Said.Count));
        Assert.Equal(5 * One, next.Balance.State.Used);

        // Nothing is open any more.
        await LearnAsync(anew: true);
        Assert.Equal(3, asked);

        Task LearnAsync(bool anew) => resolutions.LearnAsync(Flow.AgreementId, OfTokens, anew, TestContext.Current.CancellationToken);
    }

    private sealed class Ticks : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }

    private sealed class Warnings : ILogger
    {
        public List<(string Text, Exception? Failure)> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add((formatter(state, exception), exception));
    }
}
