using System.Text.Json;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>Resolves disputes: by adding up the leaves again where that tells who is right, else by a person with a reason.</summary>
internal sealed class DisputeService(Database database, DisputeStore store, ReceiptStore receipts, DisputeLeaves leaves, EvidenceTrail evidence)
{
    private const int LongestReason = 400;
    private const string ByRecount = "recount";

    /// <summary>A dispute, for its parties and the operator.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public Dispute Get(string id, string? member)
    {
        var row = Find(id, member);
        return row.ToDispute(Receipt(row));
    }

    /// <summary>The receipt behind a dispute.</summary>
    public ReceiptRow Receipt(DisputeRow row) => receipts.Find(row.Agreement, row.Interval, row.Flow)!;

    /// <summary>The row, for its parties and the operator.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public DisputeRow Find(string id, string? member) =>
        store.Find(id) is { } row && (member is null || member == row.Provider || member == row.Consumer) ? row : throw NoSuch(id);

    /// <summary>Takes in leaves of a party. With the last page they are added up; the side whose record is not made from its leaves loses to one whose is.</summary>
    /// <exception cref="RefusalException">NotFound; Malformed; Conflict; TooLarge.</exception>
    public async Task<Dispute> ShowLeavesAsync(string id, string member, LeavesPage page)
    {
        var dispute = Find(id, member);
        var side = member == dispute.Provider ? DisputeTakes.Provider : DisputeTakes.Consumer;
        var signed = side == DisputeTakes.Provider ? Receipt(dispute).Provider() : Receipt(dispute).Consumer();
        if (signed is null)
        {
            throw new RefusalException(RefusalCode.Conflict, "Nothing was signed here yet that the leaves could belong to.") { Term = "leaves", Remedy = "Send the signed record first." };
        }

        if (Recount(dispute, side) is null && dispute.State == DisputeRow.Open)
        {
            await database.WriteAsync(unit => DisputeLeaves.Add(unit, dispute, side, page));
            if (page.Last)
            {
                var recount = leaves.Agree(id, side, signed) ? Recounts.Agrees : Recounts.Deviates;
                await database.WriteAsync(unit => Recounted(unit, id, side, recount));
            }
        }

        return Get(id, member);
    }

    /// <summary>A person decides.</summary>
    /// <exception cref="RefusalException">NotFound; Malformed; Conflict: it is resolved, or there is no such record to take.</exception>
    public async Task<Dispute> ResolveAsync(string id, DisputeResolution resolution, string by)
    {
        var reason = resolution.Reason.Trim();
        if (reason.Length is 0 or > LongestReason)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The reason has 1 to {LongestReason} characters; both parties read it.") { Where = "$.reason" };
        }

        await database.WriteAsync(unit =>
        {
            var row = DisputeStore.Find(unit, id) ?? throw NoSuch(id);
            if (row.State != DisputeRow.Open)
            {
                throw new RefusalException(RefusalCode.Conflict, $"The dispute was resolved by {row.ResolvedBy}.") { Term = "state" };
            }

            Close(unit, row, new DisputeOutcome(resolution.Take, by, reason, unit.Now));
        });
        return Get(id, member: null);
    }

    private static string? Recount(DisputeRow row, string side) => side == DisputeTakes.Provider ? row.ProviderRecount : row.ConsumerRecount;

    private void Recounted(UnitOfWork unit, string id, string side, string recount)
    {
        var row = DisputeStore.Find(unit, id)!;
        if (Recount(row, side) is not null || row.State != DisputeRow.Open)
        {
            return;
        }

        DisputeStore.SetRecount(unit, id, side, recount);
        evidence.Append(unit, EvidenceKinds.DisputeRecounted, new { id, side, recount }, row.Agreement, row.Flow);
        row = DisputeStore.Find(unit, id)!;

        // Both right or both wrong: who is right, no sum can tell.
        // Nor whether there was any use when it is claimed to have been.
        if (row is { ProviderRecount: { } one, ConsumerRecount: { } other } && one != other && row.Reason != DisputeReasons.OutOfTime)
        {
            var take = one == Recounts.Agrees ? DisputeTakes.Provider : DisputeTakes.Consumer;
            if (AgreedPrices.Fault(unit, row.Agreement, Taken(unit, row, take)!) is null)
            {
                Close(unit, row, new DisputeOutcome(take, ByRecount, "the record of the other side is not made from its leaves", unit.Now));
                return;
            }

            // The right one has no price: that is for a person.
            DisputeStore.SetReason(unit, id, DisputeReasons.NotRated);
        }
    }

    private void Close(UnitOfWork unit, DisputeRow row, DisputeOutcome outcome)
    {
        var settled = Taken(unit, row, outcome.Take);
        if (settled is not null && AgreedPrices.Fault(unit, row.Agreement, settled) is { } unrated)
        {
            throw new RefusalException(RefusalCode.Conflict, $"That cannot be taken, for nobody could be billed for it. {unrated}") { Where = "$.take", Remedy = "Take what the plan has a price for, or nothing." };
        }

        var receipt = ReceiptStore.Find(unit, row.Agreement, row.Interval, row.Flow)!;
        ReceiptStore.Put(unit, receipt with
        {
            State = ReceiptStates.Resolved,
            Settled = settled is null ? null : JsonSerializer.Serialize(settled, ProtocolJson.Options),
            Note = $"dispute {row.Id}, {outcome.Take} by {outcome.By}: {outcome.Reason}",
        });
        DisputeStore.Close(unit, row.Id, outcome);
        evidence.Append(unit, EvidenceKinds.DisputeResolved, new { row.Id, outcome.Take, outcome.By, outcome.Reason, settled = settled is null ? null : CanonicalJson.Hash(ProtocolJson.ToElement(settled)) }, row.Agreement, row.Flow);
    }

    private static UsageRecord? Taken(UnitOfWork unit, DisputeRow row, string take)
    {
        var receipt = ReceiptStore.Find(unit, row.Agreement, row.Interval, row.Flow)!;
        var consumer = receipt.Consumer();
        return take switch
        {
            DisputeTakes.Provider => receipt.Provider(),
            DisputeTakes.Consumer when consumer is not null => consumer,
            DisputeTakes.Lower when consumer is not null => Reconciliation.Lower(receipt.Provider(), consumer),
            DisputeTakes.Nothing => null,
            DisputeTakes.Consumer or DisputeTakes.Lower => throw new RefusalException(RefusalCode.Conflict, "The consumer has signed nothing that could be taken.") { Where = "$.take", Remedy = "Take provider or nothing." },
            _ => throw new RefusalException(RefusalCode.Malformed, $"'{take}' cannot be taken.") { Where = "$.take", Remedy = "Take provider, consumer, lower or nothing." },
        };
    }

    private static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no dispute {id} here.");
}
