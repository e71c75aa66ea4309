using Dapper;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>The receipts in the database.</summary>
internal sealed class ReceiptStore(Database database, AuthoritySettings settings)
{
    private const string Select =
        """
        SELECT agreement_id AS Agreement, interval_no AS Interval, flow AS Flow, state AS State, provider_record AS ProviderRecord,
               consumer_record AS ConsumerRecord, settled AS Settled, note AS Note, dispute_id AS Dispute
        FROM receipts WHERE space_id = @Space AND agreement_id = @agreement
        """;

    private const string One = Select + " AND interval_no = @interval AND flow = @flow";

    public ReceiptRow? Find(string agreement, long interval, string flow) => database.Read(connection =>
        connection.QuerySingleOrDefault<ReceiptRow>(One, new { Space = settings.Space.Id, agreement, interval, flow }));

    /// <summary>In order of their intervals, behind that one.</summary>
    public List<ReceiptRow> Page(string agreement, long interval, string flow, int most) => database.Read(connection => connection.Query<ReceiptRow>(
        Select + " AND (interval_no, flow) > (@interval, @flow) ORDER BY interval_no, flow LIMIT @most",
        new { Space = settings.Space.Id, agreement, interval, flow, most }).AsList());

    public static ReceiptRow? Find(UnitOfWork unit, string agreement, long interval, string flow) =>
        unit.Find<ReceiptRow>(One, new { unit.Space, agreement, interval, flow });

    public static void Put(UnitOfWork unit, ReceiptRow row) => unit.Execute(
        """
        INSERT INTO receipts (space_id, agreement_id, interval_no, flow, state, provider_record, consumer_record, settled, note, dispute_id)
        VALUES (@Space, @Agreement, @Interval, @Flow, @State, @ProviderRecord, @ConsumerRecord, @Settled, @Note, @Dispute)
        ON CONFLICT (space_id, agreement_id, interval_no, flow) DO UPDATE
        SET state = excluded.state, consumer_record = excluded.consumer_record, settled = excluded.settled, note = excluded.note, dispute_id = excluded.dispute_id
        """,
        new { unit.Space, row.Agreement, row.Interval, row.Flow, row.State, row.ProviderRecord, row.ConsumerRecord, row.Settled, row.Note, row.Dispute });
}
