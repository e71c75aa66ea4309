using System.Text.Json;
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
    /// <summary>Takes in a submission. The same again changes nothing, and neither does the order in which the parties send.</summary>
    /// <exception cref="RefusalException">Conflict: a party has signed something else before.</exception>
    public async Task<Receipt> SubmitAsync(Submitted submitted)
    {
        var row = await database.WriteAsync(unit => Submit(unit, submitted));
        return row.ToReceipt();
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
        row = row with { State = matched?.State ?? ReceiptStates.Disputed };
        if (matched?.Record is { } record)
        {
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
            row = row with { Dispute = Dispute(unit, submitted, row) };
        }

        ReceiptStore.Put(unit, row);
        return row;
    }

    private string Dispute(UnitOfWork unit, Submitted submitted, ReceiptRow row)
    {
        var reason = submitted.Consumer is null ? DisputeReasons.NotSigned : DisputeReasons.Differs;
        var id = row.Dispute ?? ids.Next();
        if (row.Dispute is null)
        {
            DisputeStore.Open(unit, new DisputeRow
            {
                Id = id,
                Agreement = row.Agreement,
                Interval = row.Interval,
                Flow = row.Flow,
                Provider = submitted.Filing.Provider,
                Consumer = submitted.Filing.Consumer,
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
            new { id, reason, row.Interval, provider = Commitment(submitted.Provider), consumer = submitted.Consumer is null ? null : Commitment(submitted.Consumer) },
            row.Agreement,
            row.Flow);
        return id;
    }

    private static string Commitment(UsageRecord record) => CanonicalJson.Hash(ProtocolJson.ToElement(record));

    private static string Note(IReadOnlyList<CountDifference> differences) =>
        "within the tolerance of the contract, the lower counts: " + string.Join("; ", differences.Select(count => $"{count.Purpose} {count.Outcome} {count.Meter} {count.Provider} and {count.Consumer}"));

    private static void RequireSame(UsageRecord first, UsageRecord second)
    {
        if (!first.Matches(second))
        {
            throw new RefusalException(RefusalCode.Conflict, $"{second.Source} has signed another record of this interval before, which stands.") { Term = "record" };
        }
    }
}
