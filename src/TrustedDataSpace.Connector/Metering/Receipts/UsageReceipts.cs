using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Policies.Allows;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>
/// What both sides have signed about the same interval of a flow. Each sends its record to the other when it has made it; whoever has both
/// compares. The provider shows every pair to the authority, the consumer those that differ.
/// </summary>
internal sealed class UsageReceipts(OwnRecords own, EvidenceTrail evidence, OutboxQueue outbox, AgreementService agreements, AllowTrail allows, ConnectorSettings settings)
{
    /// <summary>Topic of the jobs that send a record to the other connector.</summary>
    public const string SendTopic = "usage.receipt.send";

    /// <summary>Topic of the jobs that show both records to the authority.</summary>
    public const string SubmitTopic = "usage.receipt.submit";

    /// <summary>Topic of the jobs that let a flow go on once its intervals are signed.</summary>
    public const string ResumeTopic = "usage.receipt.resume";

    /// <summary>This side has made its record.</summary>
    public void Made(UnitOfWork unit, string role, UsageRecord record, string counterparty)
    {
        own.Add(unit, role, record);
        evidence.Append(unit, EvidenceKinds.UsageRecorded, record, record.AgreementId, record.Flow);
        if (role == FlowRow.Provider)
        {
            allows.Record(unit, record);
        }

        var key = new ReceiptKey(role, record.Flow, record.Interval);
        outbox.Add(unit, SendTopic, "receipt:" + key, key.ToBody(), counterparty);
        if (ReceiptRow.Find(unit, key) is { PeerRecord: not null } claimed)
        {
            Compare(unit, claimed, record);
        }
        else
        {
            ReceiptRow.Put(unit, key, record.AgreementId, ReceiptRow.Waiting, due: role == FlowRow.Provider ? unit.Now + settings.Metering.Grace : null);
        }
    }

    /// <summary>The other side has signed. The same again changes its signature only: it may be by a newer key.</summary>
    /// <exception cref="RefusalException">Conflict: it has signed something else before.</exception>
    public void Received(UnitOfWork unit, ReceiptKey key, UsageRecord record, string jws)
    {
        var row = ReceiptRow.Find(unit, key);
        if (row?.PeerRecord is { } known)
        {
            if (!Payload(known).Matches(record))
            {
                throw new RefusalException(RefusalCode.Conflict, $"{record.Source} has signed another record of this interval before, which stands.") { Term = "record" };
            }

            ReceiptRow.Put(unit, key, record.AgreementId, row.State, jws);
            return;
        }

        ReceiptRow.Put(unit, key, record.AgreementId, row is null ? ReceiptRow.Claimed : row.State, jws);
        if (ReceiptRow.Find(unit, key) is { } both && both.Own() is { } made)
        {
            Compare(unit, both, made);
        }
    }

    /// <summary>The consumer has not signed in time.</summary>
    public void Missed(UnitOfWork unit, ReceiptRow row)
    {
        ReceiptRow.Put(unit, row.Key, row.Agreement, ReceiptRow.Overdue);
        evidence.Append(unit, EvidenceKinds.UsageUnsigned, new { row.Interval, own = HashOf(row.Own()!) }, row.Agreement, row.Flow);
        Submit(unit, row.Key);
    }

    /// <summary>Shows the authority once more what it has not taken and is due again.</summary>
    /// <returns>How many there were.</returns>
    public int SubmitAgain(UnitOfWork unit, int most)
    {
        var due = unit.Query<ReceiptRow>(ReceiptRow.Select + " AND r.submit_at <= @Now ORDER BY r.submit_at LIMIT @most", new { unit.Space, Now = unit.Now.ToUnixTimeMilliseconds(), most });
        foreach (var row in due)
        {
            ReceiptRow.SubmitAt(unit, row.Key, null);
            Submit(unit, row.Key);
        }

        return due.Count;
    }

    private void Compare(UnitOfWork unit, ReceiptRow row, UsageRecord made)
    {
        var peer = Payload(row.PeerRecord!);
        var isProvider = row.Role == FlowRow.Provider;
        var tolerance = ToleranceRule.From(agreements.Find(row.Agreement)!.Document);
        var result = isProvider ? Reconciliation.Of(made, peer, tolerance) : Reconciliation.Of(peer, made, tolerance);
        ReceiptRow.Put(unit, row.Key, row.Agreement, result.State == ReceiptStates.Settled ? ReceiptRow.Equal : ReceiptRow.Different);
        evidence.Append(unit, EvidenceKinds.UsageCompared, new { row.Interval, result.State, own = HashOf(made), other = HashOf(peer) }, row.Agreement, row.Flow);
        if (isProvider || result.State == ReceiptStates.Disputed)
        {
            Submit(unit, row.Key);
        }

        if (row.State == ReceiptRow.Overdue)
        {
            outbox.Add(unit, ResumeTopic, "resume:" + row.Flow, row.Flow);
        }
    }

    private void Submit(UnitOfWork unit, ReceiptKey key) => outbox.Add(unit, SubmitTopic, "submit:" + key, key.ToBody(), settings.Authority.Id);

    private static UsageRecord Payload(string jws) => ProtocolJson.Read<UsageRecord>(Jws.ReadUnverified(jws, UsageRecord.MaxSignedLength));

    private static string HashOf(UsageRecord record) => CanonicalJson.Hash(ProtocolJson.ToElement(record));
}
