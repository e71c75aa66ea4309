using Dapper;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Audit;

/// <summary>What this connector has of things that an auditor asks about: hashes, counts and states, never contents.</summary>
internal sealed class AuditRecords(Database database, EvidenceTrail evidence, AgreementService agreements, UsageMeter meter, ConnectorSettings settings)
{
    private const int MostCounted = 1_000;

    /// <summary>In the order of the questions.</summary>
    /// <exception cref="RefusalException">Malformed: nothing is asked; TooLarge: more than is answered at once.</exception>
    public async Task<AuditInquiryAnswer> AnswerAsync(AuditInquiry asked)
    {
        var counts = new[] { ("entries", asked.Entries.Count), ("intervals", asked.Intervals.Count), ("flows", asked.Flows.Count), ("agreements", asked.Agreements.Count) };
        if (counts.All(part => part.Item2 == 0))
        {
            throw new RefusalException(RefusalCode.Malformed, "Nothing is asked.") { Where = "$", Remedy = "name entries, intervals, flows or agreements" };
        }

        foreach (var (name, count) in counts)
        {
            if (count > AuditInquiry.Most)
            {
                throw new RefusalException(RefusalCode.TooLarge, $"At most {AuditInquiry.Most} {name} are answered at once, not {count}.") { Where = "$." + name, Remedy = "ask several times" };
            }
        }

        // What was used a moment ago counts as well.
        await meter.BringUpToDateAsync();
        return new AuditInquiryAnswer
        {
            Entries = [.. asked.Entries.Select(id => evidence.Between(id, id) is [var entry] ? Convert.ToBase64String(entry.LeafHash()) : null)],
            Intervals = [.. asked.Intervals.Select(Record)],
            Flows = [.. asked.Flows.Select(Flow)],
            Agreements = [.. asked.Agreements.Select(id => agreements.FindCommitted(id)?.State)],
        };
    }

    private HeldRecord? Record(FlowInterval which) => database.Read(connection =>
    {
        var row = connection.QueryFirstOrDefault<RecordRow>(
            """
            SELECT f.role AS Role, u.record AS Own, r.peer_record AS Peer, r.state AS State FROM flows f
            LEFT JOIN usage_records u ON u.space_id = f.space_id AND u.role = f.role AND u.flow = f.flow AND u.interval_no = @Interval
            LEFT JOIN usage_receipts r ON r.space_id = f.space_id AND r.role = f.role AND r.flow = f.flow AND r.interval_no = @Interval
            WHERE f.space_id = @Space AND f.flow = @Flow
            """,
            new { Space = settings.Space.Id, which.Flow, which.Interval });
        return row is null or { Own: null, Peer: null }
            ? null
            : new HeldRecord(row.Own is null ? null : Hash(row.Own), row.Peer is null ? null : CanonicalJson.Hash(ProtocolJson.Parse(Jws.ReadUnverified(row.Peer, UsageRecord.MaxSignedLength))), row.State);
    });

    // As the evidence has it: the record as it is written today.
    private static string Hash(string record) => CanonicalJson.Hash(ProtocolJson.ToElement(ProtocolJson.Read<UsageRecord>(System.Text.Encoding.UTF8.GetBytes(record))));

    private HeldFlow? Flow(string flow) => database.Read(connection => connection.QueryFirstOrDefault<FlowRow>(
        """
        SELECT state AS State,
               (SELECT count(*) FROM (SELECT 1 FROM usage_records u WHERE u.space_id = f.space_id AND u.role = f.role AND u.flow = f.flow LIMIT @MostCounted)) AS Records,
               (SELECT count(*) FROM (SELECT 1 FROM usage_intervals i WHERE i.space_id = f.space_id AND i.role = f.role AND i.flow = f.flow LIMIT @MostCounted)) AS Unrecorded
        FROM flows f WHERE f.space_id = @Space AND f.flow = @flow
        """,
        new { Space = settings.Space.Id, flow, MostCounted })) is { } row ? new HeldFlow(row.State, row.Records, row.Unrecorded) : null;

    private sealed class RecordRow
    {
        public string Role { get; init; } = "";

        public string? Own { get; init; }

        public string? Peer { get; init; }

        public string? State { get; init; }
    }

    private sealed class FlowRow
    {
        public string State { get; init; } = "";

        public long Records { get; init; }

        public long Unrecorded { get; init; }
    }
}
