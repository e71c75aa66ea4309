using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>Settles each period of agreements with use as soon as it can be. What a stop has missed is done after the start, the oldest first.</summary>
internal sealed class ClearingWorker(SettlementService service, SettledUse use, AuthoritySettings settings, TimeProvider clock, ILogger<ClearingWorker> logger) : BackgroundService
{
    private const int MostAtOnce = 100;
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>Set to look at once.</summary>
    public Signal Signal { get; } = new();

    public override void Dispose()
    {
        Signal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested && ClearingPeriod.Last(settings.Clearing, clock.GetUtcNow()) is { } period)
        {
            await SettleDueAsync(period, stoppingToken);
            var wait = ClearingPeriod.Next(settings.Clearing, period) - clock.GetUtcNow();
            await Signal.WaitAsync(wait < LongestWait && wait > TimeSpan.Zero ? wait : LongestWait, stoppingToken);
        }
    }

    private async Task SettleDueAsync((DateTimeOffset From, DateTimeOffset To) last, CancellationToken cancellation)
    {
        try
        {
            foreach (var period in ClearingPeriod.Due(settings.Clearing, last, use.Until()))
            {
                await SettleAsync(period, cancellation);
            }
        }
        catch (Exception failure) when (failure is SqliteException or InvalidOperationException)
        {
            // The storage may fail for a while: it is looked again in an hour, from there on.
            logger.NotSettled("the period", failure.Message);
        }
    }

    private async Task SettleAsync((DateTimeOffset From, DateTimeOffset To) period, CancellationToken cancellation)
    {
        for (var after = ""; !cancellation.IsCancellationRequested;)
        {
            var agreements = use.Unsettled(period.From, period.To, after, MostAtOnce);
            foreach (var agreement in agreements)
            {
                await SettleAsync(agreement, period);
            }

            if (agreements.Count < MostAtOnce)
            {
                return;
            }

            after = agreements[^1];
        }
    }

    private async Task SettleAsync(string agreement, (DateTimeOffset From, DateTimeOffset To) period)
    {
        try
        {
            await service.SettleAsync(new SettlementRequest(agreement, period.From, period.To), clock.GetUtcNow());
        }
        catch (RefusalException refusal)
        {
            // Without a price plan there is nothing to settle; all else is for a person, a plan that cannot be read too.
            if (refusal.Code != RefusalCode.Unsupported || refusal.Reasons.Count > 0)
            {
                logger.NotSettled(agreement, refusal.Message);
            }
        }
    }
}
