using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>A row of <c>usage_sent</c>: a request that went to the provider and is not counted yet.</summary>
internal sealed class SentRow
{
    public const string Select =
        """
        SELECT id AS Id, flow AS Flow, agreement_id AS AgreementId, interval_no AS Interval, purpose AS Purpose,
               idempotency_key AS IdempotencyKey, request_digest AS Digest, observed AS Observed
        FROM usage_sent WHERE space_id = @Space
        """;

    public string Id { get; init; } = "";

    public string Flow { get; init; } = "";

    public string AgreementId { get; init; } = "";

    /// <summary>When it was sent.</summary>
    public long Interval { get; init; }

    public string Purpose { get; init; } = "";

    public string? IdempotencyKey { get; init; }

    public string Digest { get; init; } = "";

    /// <summary><see cref="LeafRow.Unknown"/>; <see cref="LeafRow.Partly"/>: nothing came back; <see cref="LeafRow.Untaken"/>.</summary>
    public long Observed { get; init; }

    /// <returns>The interval in which it is sent.</returns>
    public static long Add(UnitOfWork unit, UsageTicket sent)
    {
        unit.Execute(
            """
            INSERT INTO usage_sent (space_id, id, flow, agreement_id, interval_no, purpose, idempotency_key, request_digest)
            VALUES (@Space, @Request, @Flow, @AgreementId, @Interval, @Purpose, @IdempotencyKey, @Digest)
            """,
            new { unit.Space, sent.Claim.Request, sent.Flow, sent.AgreementId, sent.Interval, sent.Claim.Purpose, sent.Claim.IdempotencyKey, sent.Claim.Digest });
        return sent.Interval;
    }

    public static SentRow? Find(UnitOfWork unit, string id) => unit.Find<SentRow>(Select + " AND id = @id", new { unit.Space, id });

    /// <returns>Whether it was there.</returns>
    public static bool Remove(UnitOfWork unit, string id) => unit.Execute("DELETE FROM usage_sent WHERE space_id = @Space AND id = @id", new { unit.Space, id }) > 0;

    /// <summary>Notes that nothing was taken of an answer.</summary>
    /// <param name="unit">Unit of work.</param>
    /// <param name="id">The request.</param>
    /// <param name="observed"><see cref="LeafRow.Partly"/> or <see cref="LeafRow.Untaken"/>.</param>
    public static void Observe(UnitOfWork unit, string id, int observed) =>
        unit.Execute("UPDATE usage_sent SET observed = @observed WHERE space_id = @Space AND id = @id", new { unit.Space, id, observed });

    /// <summary>The use under the number that the provider gave it.</summary>
    public UsageTicket Ticket(long interval, long sequence) =>
        new(FlowRow.Consumer, Flow, interval, sequence, AgreementId, new UsageClaim(Purpose, IdempotencyKey, Digest, Id), 0);

    public UsageInquiry Inquiry() => new() { Role = FlowRow.Consumer, Flow = Flow, Interval = 0, Sequence = 0, Request = Id };
}
