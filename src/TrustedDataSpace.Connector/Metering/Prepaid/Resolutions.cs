using System.Collections.Concurrent;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering.Prepaid;

/// <summary>Provider: learns from the authority what has become of prepaid uses that nobody could count. Whatever comes of that, what was paid in counts.</summary>
/// <param name="receipts">A page of the authority's receipts of an agreement, from an interval on.</param>
/// <param name="database">Where they are kept.</param>
/// <param name="counts">The balances in memory.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class Resolutions(ReceiptsPage receipts, Database database, ProviderCounts counts, TimeProvider clock, ILogger logger)
{
    /// <summary>Most intervals that the authority is asked about at once, the oldest first: whoever waits for the answer has a request open.</summary>
    private const int MostAsked = 8;

    // Which they are is a look at each use by itself, on the writer.
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, long> asked = new();

    /// <summary>Asks, unless that was done a few seconds ago. What fails is logged, and asked again then.</summary>
    /// <param name="agreementId">The agreement.</param>
    /// <param name="price">What its uses cost.</param>
    /// <param name="anew">Also if it was done just now.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task LearnAsync(string agreementId, UsePrice price, bool anew, CancellationToken cancellation)
    {
        if (!anew && asked.TryGetValue(agreementId, out var last) && clock.GetElapsedTime(last) < LeastPause)
        {
            return;
        }

        asked[agreementId] = clock.GetTimestamp();
#pragma warning disable CA1031 // Nobody who has paid is refused because of it.
        try
        {
            var open = await database.WriteAsync(unit => UnknownUses.Open(unit, agreementId, price));
            foreach (var place in open.Take(MostAsked))
            {
                if (await ReceiptAsync(agreementId, place, cancellation) is { } receipt)
                {
                    await database.WriteAsync(unit => UnknownUses.Resolve(unit, counts.PresentAgreement(agreementId)?.Balance, agreementId, price, receipt));
                }
            }
        }
        catch (Exception failure)
        {
            logger.NotLearned(agreementId, failure);
        }
#pragma warning restore CA1031
    }

    private async Task<Receipt?> ReceiptAsync(string agreementId, UsagePlace place, CancellationToken cancellation)
    {
        string? cursor = null;
        do
        {
            var page = await receipts(agreementId, place.Interval, cursor, cancellation);
            if (page.Items.FirstOrDefault(receipt => receipt.Interval == place.Interval && receipt.Flow == place.Flow) is { } found)
            {
                return found;
            }

            cursor = page.Items.Any(receipt => receipt.Interval > place.Interval) ? null : page.Next;
        }
        while (cursor is not null);
        return null;
    }
}

/// <summary>A page of the authority's receipts of an agreement, from an interval on.</summary>
internal delegate Task<Page<Receipt>> ReceiptsPage(string agreementId, long from, string? cursor, CancellationToken cancellation);
