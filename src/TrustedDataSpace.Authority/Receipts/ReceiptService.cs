using System.Text.Json;
using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>
/// Matches what both parties have signed about an interval: equal settles, within the contract's tolerance the lower settles with a note,
/// all else is a dispute. What a party has once signed stands: another record of the same interval is refused.
/// </summary>
internal sealed class ReceiptService(Database database, EvidenceTrail evidence, Ids ids)
{
    // A record by party has thousands of counts; all of them stand in the records that both have signed.
    private const int MostNoted = 20;

    /// <summary>Takes in a submission. The same again changes nothing, and neither does the order in which the parties send.</summary>
    /// <exception cref="RefusalException">Conflict: a party has signed something else before.</exception>
    public async Task<Receipt> SubmitAsync(Submitted submitted)
    {
        var row = await database.WriteAsync(unit => Submit(unit, submitted));
        return row.ToReceipt();
    }

    /// <summary>Takes back what has settled and cannot be rated: it is a dispute, for a person.</summary>
    public void Unrated(UnitOfWork unit, FilingRow filing, UnratedUse use)
    {
        if (ReceiptStore.Find(unit, filing.Id, use.Interval, use.Flow) is { Settled: not null } row)
        {
            // One that was resolved stays as it is: another is opened.
            ReceiptStore.Put(unit, Disputed(unit, filing, row with { Dispute = null }, DisputeReasons.NotRated, use.Why));
        }
    }

    private ReceiptRow Submit(UnitOfWork unit, Submitted submitted)
    {
        var (agreement, interval, flow) = (submitted.Filing.Id, submitted.Provider.Interval, submitted.Provider.Flow);
        if (ReceiptStore.Find(unit, agreement, interval, flow) is not { } known)
        {
            return Match(unit, submitted, new ReceiptRow { Agreement = agreement, Interval = interval, Flow = flow, ProviderRecord = submitted.Jws.Provider, ConsumerRecord = submitted.Jws.Consumer });
        }

        RequireSame(known.Provider(), submitted.Provider);
        if (submitted.Consumer is null)
        {
            return known;
        }

        if (known.Consumer() is { } signed)
        {
            RequireSame(signed, submitted.Consumer);
            return known;
        }

        // What a person has decided stands; a counter-signature after that changes nothing.
        return known.State == ReceiptStates.Disputed ? Match(unit, submitted, known with { ConsumerRecord = submitted.Jws.Consumer }) : known;
    }

    private ReceiptRow Match(UnitOfWork unit, Submitted submitted, ReceiptRow row)
    {
        var matched = submitted.Consumer is null ? null : Reconciliation.Of(submitted.Provider, submitted.Consumer, submitted.Tolerance);
        var outOfTime = ClaimedTimes.Fault(unit, submitted.Filing, submitted.Provider);
        var unrated = outOfTime is null && matched?.Record is { } agreed ? AgreedPrices.Fault(unit, row.Agreement, agreed) : null;
        if (matched?.Record is { } record && outOfTime is null && unrated is null)
        {
            row = row with { State = matched.State };
            row = row with { Settled = JsonSerializer.Serialize(record, ProtocolJson.Options), Note = matched.State == ReceiptStates.Tolerated ? Note(matched.Differences) : null };
            evidence.Append(unit, EvidenceKinds.UsageSettled, new { row.Interval, row.State, row.Note, provider = Commitment(submitted.Provider), consumer = Commitment(submitted.Consumer!) }, row.Agreement, row.Flow);
            if (row.Dispute is { } late)
            {
                var take = matched.State == ReceiptStates.Tolerated ? DisputeTakes.Lower : DisputeTakes.Provider;
                DisputeStore.Close(unit, late, new DisputeOutcome(take, "countersigned", "the consumer has signed after all", unit.Now));
                evidence.Append(unit, EvidenceKinds.DisputeResolved, new { id = late, take, by = "countersigned" }, row.Agreement, row.Flow);
            }
        }
        else
        {
            var reason = outOfTime is not null ? DisputeReasons.OutOfTime : unrated is not null ? DisputeReasons.NotRated : matched is null ? DisputeReasons.NotSigned : DisputeReasons.Differs;
            row = Disputed(unit, submitted.Filing, row, reason, outOfTime ?? unrated);
        }

        ReceiptStore.Put(unit, row);
        return row;
    }

    private ReceiptRow Disputed(UnitOfWork unit, FilingRow filing, ReceiptRow row, string reason, string? why)
    {
        var id = row.Dispute ?? ids.Next();
        if (row.Dispute is null)
        {
            DisputeStore.Open(unit, new DisputeRow
            {
                Id = id,
                Agreement = row.Agreement,
                Interval = row.Interval,
                Flow = row.Flow,
                Provider = filing.Provider,
                Consumer = filing.Consumer,
                Reason = reason,
                State = DisputeRow.Open,
                OpenedAt = unit.Now.ToUnixTimeMilliseconds(),
            });
        }
        else
        {
            DisputeStore.SetReason(unit, id, reason);
        }

        evidence.Append(
            unit,
            EvidenceKinds.DisputeOpened,
            new { id, reason, why, row.Interval, provider = Commitment(row.Provider()), consumer = row.Consumer() is { } consumer ? Commitment(consumer) : null },
            row.Agreement,
            row.Flow);
        return row with { State = ReceiptStates.Disputed, Settled = null, Note = why, Dispute = id };
    }

    private static string Commitment(UsageRecord record) => CanonicalJson.Hash(ProtocolJson.ToElement(record));

    private static string Note(IReadOnlyList<CountDifference> differences) =>
        "within the tolerance of the contract, the lower counts: " + string.Join("; ", differences.Take(MostNoted).Select(count => $"{count.Purpose} {count.Outcome} {count.Meter} {count.Provider} and {count.Consumer}"))
        + (differences.Count > MostNoted ? $"; and {differences.Count - MostNoted} more" : "");

    private static void RequireSame(UsageRecord first, UsageRecord second)
    {
        if (!first.Matches(second))
        {
            throw new RefusalException(RefusalCode.Conflict, $"{second.Source} has signed another record of this interval before, which stands.") { Term = "record" };
        }
    }
}

/// <summary>Use of an interval of a flow that has settled and cannot be rated.</summary>
internal sealed record UnratedUse(long Interval, string Flow, string Why);
