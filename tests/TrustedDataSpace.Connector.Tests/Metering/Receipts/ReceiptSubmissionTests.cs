using System.Collections.Concurrent;
using Dapper;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Receipts;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering.Receipts;

public sealed class ReceiptSubmissionTests : IAsyncLifetime
{
    private const string Flow = "flow-1";

    private readonly ConcurrentQueue<ReceiptSubmission> submitted = [];
    private TestSpace space = null!;
    private TestConnector connector = null!;
    private UsageRecord record = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
        record = await RecordAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task What_an_authority_that_was_away_for_a_day_has_not_taken_is_shown_to_it_when_it_is_back()
    {
        await MakeAsync(PeersRecord("peer-1"));
        await UntilAsync("SELECT count(*) FROM outbox WHERE topic = @SubmitTopic AND attempts > 0");

        // Longer than a message is tried for.
        await Database.WriteAsync(unit => unit.Execute("UPDATE outbox SET created_at = 0 WHERE topic = @SubmitTopic", new { UsageReceipts.SubmitTopic }));
        await UntilAsync("SELECT count(*) FROM usage_receipts WHERE submit_at IS NOT NULL");

        space.Receipts = Take;
        connector.Service<ReceiptGrace>().Signal.Set();
        await TakenAsync();
    }

    [Fact]
    public async Task What_the_authority_has_refused_is_shown_to_it_again()
    {
        space.Receipts = _ => Results.StatusCode(StatusCodes.Status403Forbidden);
        await MakeAsync(PeersRecord("peer-1"));
        await UntilAsync("SELECT count(*) FROM usage_receipts WHERE submit_at IS NOT NULL");
        Assert.True(Database.Read(connection => connection.QuerySingle<long>("SELECT submit_at FROM usage_receipts")) > TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), "it is asked again without a pause");

        space.Receipts = Take;
        await Database.WriteAsync(unit => unit.Execute("UPDATE usage_receipts SET submit_at = 0"));
        connector.Service<ReceiptGrace>().Signal.Set();
        await TakenAsync();
        Assert.Equal(0, Count("SELECT count(*) FROM usage_receipts WHERE submit_at IS NOT NULL"));
    }

    [Fact]
    public async Task Consumer_whose_key_counts_no_more_is_asked_to_sign_again()
    {
        var revoked = PeersRecord("peer-1");
        space.Receipts = submission => submission.Consumer == revoked ? Results.StatusCode(StatusCodes.Status401Unauthorized) : Take(submission);
        await MakeAsync(revoked, later: PeersRecord("peer-2"));

        await TakenAsync();
        Assert.Equal("peer-2", UsageRecord.Verify(submitted.Single().Consumer!, [space.MemberKey.Public]).Id);
    }

    [Fact]
    public async Task Use_of_a_consumer_that_does_not_sign_again_is_shown_as_unsigned_and_tried_again()
    {
        var revoked = PeersRecord("peer-1");
        space.Receipts = submission => submission.Consumer == revoked ? Results.StatusCode(StatusCodes.Status401Unauthorized) : Take(submission);
        await MakeAsync(revoked, later: null);

        await TakenAsync();
        Assert.Null(submitted.Single().Consumer);
        await UntilAsync("SELECT count(*) FROM usage_receipts WHERE submit_at IS NOT NULL");
    }

    private Database Database => connector.Service<Database>();

    // Of the interval before the present one: over, and not too long ago.
    private async Task<UsageRecord> RecordAsync()
    {
        var interval = UsageInterval.At(TimeProvider.System.GetUtcNow()) - 1;
        return new UsageRecord
        {
            Id = "own",
            Source = TestSpace.Connector,
            AgreementId = await connector.AgreeAsProviderAsync(),
            ProductId = TestConnector.Product,
            ProviderId = TestSpace.Connector,
            ConsumerId = TestSpace.Peer,
            Flow = Flow,
            Interval = interval,
            From = UsageInterval.Start(interval),
            To = UsageInterval.Start(interval + 1),
            Counts = [],
            Leaves = 0,
            LeafRoot = new UsageSum().Root,
        };
    }

    private string PeersRecord(string id) => (record with { Source = TestSpace.Peer, Id = id }).Sign(space.MemberKey);

    // Both have signed; asked once more, the peer signs what comes later, or nothing.
    private async Task MakeAsync(string first, string? later = null)
    {
        var asked = 0;
        space.Records = _ => Interlocked.Increment(ref asked) == 1 ? Results.Json(new SignedRecord { Record = first }) : Results.Json(new SignedRecord { Record = later });
        await Database.WriteAsync(unit =>
        {
            FlowRow.Put(unit, new FlowRow { Role = FlowRow.Provider, Flow = Flow, AgreementId = record.AgreementId, Counterparty = TestSpace.Peer, State = FlowRow.Open });
            connector.Service<UsageReceipts>().Made(unit, FlowRow.Provider, record, TestSpace.Peer);
        });
    }

    private IResult Take(ReceiptSubmission submission)
    {
        submitted.Enqueue(submission);
        return Results.Json(new Receipt { Agreement = record.AgreementId, Flow = Flow, Interval = record.Interval, State = ReceiptStates.Settled });
    }

    private Task TakenAsync() => WaitAsync(() => !submitted.IsEmpty && Count("SELECT count(*) FROM outbox WHERE topic = @SubmitTopic") == 0, "the authority has taken nothing");

    private Task UntilAsync(string sql) => WaitAsync(() => Count(sql) == 1, sql);

    private async Task WaitAsync(Func<bool> holds, string what) =>
        Assert.True(await Database.WaitUntilAsync(holds, Deadline.Limit, TestContext.Current.CancellationToken), what);

    private long Count(string sql) => Database.Read(connection => connection.QuerySingle<long>(sql, new { UsageReceipts.SubmitTopic }));
}
