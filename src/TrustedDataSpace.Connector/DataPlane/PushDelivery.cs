using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// One delivery of a push, end to end: the steps of the <see cref="DataGate"/>, begun by the provider.
/// <list type="number">
/// <item>look up the flow and its agreement; what is asked for is the product's source itself;</item>
/// <item>reserve a use, durably, under the key of the delivery;</item>
/// <item>decide, with the purpose that the consumer has declared; a deny gives the use back;</item>
/// <item>ask the source, with its credentials;</item>
/// <item>send its answer on as it comes: filtered, metered, taken from the quotas before it goes out; decide again when something changes, and cut it;</item>
/// <item>when the consumer has counted it, settle the use durably together with what follows.</item>
/// </list>
/// </summary>
internal sealed class PushDelivery(ProviderFlows flows, AgreementService agreements, RequestDecision decision, UsageMeter meter, RunningUses running, PushSource source, PushClient consumer)
{
    // The inquiry gives up by itself, much later; nobody waits in here for that.
    private static readonly TimeSpan LongestInquiry = TimeSpan.FromMinutes(1);

    /// <summary>Delivers.</summary>
    /// <param name="push">What is delivered.</param>
    /// <param name="begun">Now.</param>
    /// <param name="arrived">What follows when it has arrived, in the same unit of work as the count; it is told when the next delivery is due.</param>
    /// <param name="cancellation">The service stops.</param>
    /// <returns>Null when it has arrived; else the source had nothing, and it is due again then.</returns>
    /// <exception cref="RefusalException">Not delivered: says why.</exception>
    /// <exception cref="OperationCanceledException">The flow has ended, or the service stops.</exception>
    public async Task<DateTimeOffset?> DeliverAsync(Push push, DateTimeOffset begun, Action<UnitOfWork, DateTimeOffset> arrived, CancellationToken cancellation)
    {
        // 1
        if (flows.Find(push.Transfer) is not { } flow || agreements.Find(flow.AgreementId) is not { } agreement)
        {
            throw new InvalidOperationException($"There is no flow or no agreement for the push {push.Transfer}: the database was altered.");
        }

        using var patience = new Patience(cancellation, flow.Stop.Token);
        patience.Token.ThrowIfCancellationRequested();

        // What became of an attempt that was cut is being asked: the answer lets this one go on at once, and the wait counts as no failure.
        await meter.AgreedOnAsync(flow, push.Key, LongestInquiry, patience.Token);
        var request = await decision.PrepareAsync(push.Purpose.Length == 0 ? null : push.Purpose, new RequestFacts("GET", ""), flow, agreement, cancellation);

        // 2
        var claim = new UsageClaim(push.Purpose, push.Key, RetryRule.RequestDigest(HttpMethods.Post, "", push.Purpose, ""));
        var ticket = await meter.ReserveAsync(flow, claim, agreement.Quotas);
        RunningUse? run = null;
        PushContent? content = null;
        try
        {
            // 3
            run = running.Begin(ticket, await decision.RequireWhenAbleAsync(request, ticket, patience.Token));
            using var cut = patience.BreakOffWith(run.Broken);

            // 4
            using var answer = await source.GetAsync(agreement, patience);
            var next = source.NextAfter(begun, answer);
            if (answer is null)
            {
                return next;
            }

            // 5
            using (content = await ContentAsync(answer, agreement, run, patience))
            {
                await consumer.PostAsync(flow.Consumer, push.Address, ticket, content, patience);
            }

            // 6
            if (!content.IsWhole)
            {
                throw new RefusalException(RefusalCode.Unavailable, $"{PushClient.Name} answered before it had everything.");
            }

            await run.SettleAsync(content.Counted(), unit => arrived(unit, next));
            return null;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException || (failure is RefusalException && (patience.IsEnded || run is { IsCut: true })))
        {
            // The last: what was said about a flow that has ended is no word about the one that may have been started in its place.
            throw Explained(failure, content, run, patience);
        }
        finally
        {
            // What left the building counts, whoever broke off: the consumer is asked what it has got of it.
            Delivered? left = content is { HasBegun: true } ? content.CountedUntilCut(cancellation.IsCancellationRequested || content.HasFailedToRead ? CutCause.Here : run?.Cause ?? CutCause.Elsewhere) : null;
            try
            {
                await (run?.SettleAsync(left) ?? new ValueTask(meter.ReleaseAsync(ticket)));
            }
            finally
            {
                run?.Dispose();
            }
        }
    }

    private async Task<PushContent> ContentAsync(HttpResponseMessage answer, AgreementTerms agreement, RunningUse run, Patience patience)
    {
        var stream = await answer.Content.ReadAsStreamAsync(patience.Token);
        var content = new PushContent(stream, agreement.Meter, agreement.Delivery, patience, (PushSource.Name, source.Silence, PushClient.Name, PushClient.Silence)) { Use = run };
        foreach (var name in PushContent.Described)
        {
            if (answer.Content.Headers.TryGetValues(name, out var values))
            {
                content.Headers.TryAddWithoutValidation(name, values);
            }
        }

        return content;
    }

    private static Exception Explained(Exception failure, PushContent? content, RunningUse? run, Patience patience) =>
        patience.IsEnded ? new OperationCanceledException("The flow has ended, or the service stops.", failure)
        : run is { IsCut: true } ? Cut(run.Denial, failure)
        : content?.Refusal is { } refusal ? refusal
        : patience.Silent is { } who ? new RefusalException(RefusalCode.Unavailable, $"Nothing was heard from {who} for too long.", failure)
        : new RefusalException(RefusalCode.Unavailable, $"The delivery broke off: {failure.Message}", failure);

    private static RefusalException Cut(PolicyDecision? denial, Exception failure) => denial switch
    {
        null => new(RefusalCode.PolicyRefused, "The contract does not allow more of this delivery.", failure) { Term = "transfer" },

        // Nobody has decided against it: it is made again, like one for which no decision could be had in the beginning.
        { IsEngineError: true } or { Reasons: [{ Code: StandingRefusal.Code }, ..] } => new(RefusalCode.Unavailable, $"The delivery was cut: {denial.Reasons[0].Message}.", failure),
        _ => denial.ToRefusal(),
    };
}
