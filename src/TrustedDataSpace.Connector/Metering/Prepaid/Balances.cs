using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering.Prepaid;

/// <summary>
/// Provider: the balances of agreements that are paid in advance. What was paid in is the authority's signed word; it is asked for when an
/// agreement is first used and whenever a balance does not cover a use, so that a payment counts from the next request on.
/// </summary>
internal sealed class Balances(AuthorityClient authority, AuthorityKeys keys, Database database, ProviderCounts counts, ConnectorSettings settings, TimeProvider clock, ILogger<Balances> logger)
{
    // Whoever keeps asking without a balance makes us ask the authority no more often than this.
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(200);

    // A request waits no longer for it; what was known before counts then.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Asked> asked = new();
    private readonly Resolutions resolutions = new((agreement, from, cursor, cancellation) => authority.ReceiptsAsync(agreement, from, cursor, cancellation), database, counts, clock, logger);
    private readonly Lock gate = new();

    /// <summary>Before a use is reserved: learns of payments, where what is known of them does not cover it.</summary>
    public ValueTask PrepareAsync(AgreementTerms agreement, string? purpose) =>
        agreement.Price is { } price && price.IsPriced(purpose ?? "") && counts.FindAgreement(agreement.Id)?.Balance?.IsShortFor(purpose ?? "") != false
            ? new ValueTask(RefreshAsync(agreement.Id, price))
            : ValueTask.CompletedTask;

    /// <summary>Takes the price of what is about to flow from the balance.</summary>
    /// <returns>False: the balance does not cover it, and nothing was taken.</returns>
    public async ValueTask<bool> PayAsync(AgreementCount count, BalanceCount balance, long amount)
    {
        if (await TryPayAsync(count, balance, amount))
        {
            return true;
        }

        await RefreshAsync(count.Id, balance.Price);
        return await TryPayAsync(count, balance, amount);
    }

    /// <summary>Asks the authority what was paid in, and what has become of uses that nobody could count. One that does not answer changes nothing.</summary>
    /// <param name="agreementId">The agreement.</param>
    /// <param name="price">What its uses cost.</param>
    /// <param name="anew">Also if that was asked just now.</param>
    /// <exception cref="RefusalException">Unavailable: the authority's word is not signed as it must be, or it refuses to give it.</exception>
    public Task RefreshAsync(string agreementId, UsePrice price, bool anew = false)
    {
        lock (gate)
        {
            if (!anew && asked.TryGetValue(agreementId, out var last) && (!last.Answer.IsCompleted || clock.GetElapsedTime(last.At) < LeastPause))
            {
                return last.Answer;
            }

            var answer = AskAsync(agreementId, price, anew);
            asked[agreementId] = new Asked(answer, clock.GetTimestamp());
            return answer;
        }
    }

    /// <summary>The same, by what is known now.</summary>
    public async ValueTask<bool> TryPayAsync(AgreementCount count, BalanceCount balance, long amount)
    {
        var payment = balance.TryPay(amount);
        if (payment != Cover.NeedsLease)
        {
            return payment == Cover.Paid;
        }

        return await database.WriteAsync(unit =>
        {
            QuotaLeases.Store(unit, count, balance.WantedToPay(amount));
            var paid = balance.TryPay(amount, leasing: true) == Cover.Paid;

            // Others may have taken, in between, what the leases still covered.
            QuotaLeases.Store(unit, count, count.Uncovered());
            return paid;
        });
    }

    private async Task AskAsync(string agreementId, UsePrice price, bool anew)
    {
        using var patience = new CancellationTokenSource(LongestWait, clock);
        try
        {
            var view = await authority.BalanceAsync(agreementId, patience.Token);
            var note = await keys.VerifyAsync(known => BalanceNote.Verify(view.Note, settings.Authority.Id, agreementId, known, clock.GetUtcNow()), patience.Token);
            await KeepAsync(note, view.Note);
            await resolutions.LearnAsync(agreementId, price, anew, patience.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or RefusalException { Code: RefusalCode.Unavailable or RefusalCode.NotFound })
        {
            // It is away, or the agreement is not filed yet: what was known before counts.
        }
        catch (RefusalException refusal)
        {
            // Not signed as it must be, or it does not talk to us: nobody who uses data can do anything about that.
            throw new RefusalException(RefusalCode.Unavailable, "What was paid in advance cannot be learned from the authority.", refusal) { Term = "tds:pricePlan.prepaid", Remedy = "try again later" };
        }
    }

    private Task KeepAsync(BalanceNote note, string signed) => database.WriteAsync(unit =>
    {
        var toppedUp = BalanceTable.Keep(unit, note.Agreement, note.TopUps, UsePrice.Billionths(note.ToppedUp), signed);
        if (counts.PresentAgreement(note.Agreement)?.Balance is { } balance)
        {
            unit.OnCommitted(() => balance.TopUp(toppedUp));
        }
    });

    private readonly record struct Asked(Task Answer, long At);
}
