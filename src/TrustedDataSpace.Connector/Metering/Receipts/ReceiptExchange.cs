using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering.Receipts;

/// <summary>Sends this side's record of an interval to the other connector, and takes in that one's.</summary>
internal sealed class ReceiptExchange(Database database, PeerClient peers, PeerRecords records, OwnRecords own, UsageReceipts receipts, UsageMeter meter) : IOutboxHandler
{
    // An interval that is over is recorded in a moment: whoever asks is spared another question.
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(5);

    public string Topic => UsageReceipts.SendTopic;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        await SendAsync(ReceiptKey.Read(message.Body), message.Peer, cancellation);
        return null;
    }

    // The other side did not take it, with a reason that the outbox has logged: the authority hears of it when the grace is over.
    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
    }

    /// <summary>Sends the record; takes in what the other side has signed.</summary>
    /// <returns>Whether it has signed.</returns>
    /// <exception cref="RefusalException">The other side cannot be reached, refuses the record, or answered with one that is none.</exception>
    public async Task<bool> SendAsync(ReceiptKey key, string peer, CancellationToken cancellation)
    {
        var answer = await peers.SendAsync(HttpMethod.Post, peer, SignedRecord.Route, ProtocolJson.Write(new SignedRecord { Record = own.Signed(key) }), cancellation);
        if (answer.Read<SignedRecord>().Record is not { } jws)
        {
            return false;
        }

        await TakeAsync(jws, peer, key, cancellation);
        return true;
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(SignedRecord.Route, (SignedRecord sent, HttpContext context, ReceiptExchange exchange) => exchange.AnswerAsync(sent, Peers.From(context), context.RequestAborted))
            .RequireAuthorization(ServiceHost.SpacePolicy);

    private async Task<SignedRecord> AnswerAsync(SignedRecord sent, Peer peer, CancellationToken cancellation)
    {
        var jws = sent.Record ?? throw new RefusalException(RefusalCode.Malformed, "There is no record.") { Where = "$.record", Remedy = "Send the signed record of an interval." };
        var key = await TakeAsync(jws, peer.Id, expected: null, cancellation);
        if (own.Signed(key) is { } signed)
        {
            return new SignedRecord { Record = signed };
        }

        meter.Signal.Set();
        if (own.IsOver(key))
        {
            await database.WaitUntilAsync(() => own.Exists(key), LongestHold, cancellation);
        }

        return new SignedRecord { Record = own.Signed(key) };
    }

    private async Task<ReceiptKey> TakeAsync(string jws, string peer, ReceiptKey? expected, CancellationToken cancellation)
    {
        var (key, record) = await records.ReadAsync(jws, peer, cancellation);
        if (expected is not null && key != expected)
        {
            throw new RefusalException(RefusalCode.Malformed, $"{peer} answered with a record of another interval.") { Term = "interval" };
        }

        await database.WriteAsync(unit => receipts.Received(unit, key, record, jws));
        return key;
    }
}
