using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Tells a retry from a new use, by <see cref="RetryRule"/>. Both connectors ask this of their own leaves.</summary>
internal static class Retries
{
    /// <summary>Provider, before a use is reserved: a key stands for one request, and one at a time.</summary>
    /// <exception cref="RefusalException">Conflict.</exception>
    public static void RequireFreeKey(UnitOfWork unit, string agreementId, UsageClaim claim, long interval)
    {
        if (claim.IdempotencyKey is null)
        {
            return;
        }

        // Side by side, the two connectors could disagree on which of them came first.
        var busy = unit.Find<long>(
            """
            SELECT count(*) FROM usage_leaves
            WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role AND idempotency_key = @IdempotencyKey
              AND interval_no >= @From AND (state <> 'settled' OR request_digest <> @Digest)
            """,
            new { unit.Space, agreementId, Role = FlowRow.Provider, claim.IdempotencyKey, claim.Digest, From = interval - RetryRule.Intervals });
        if (busy > 0)
        {
            throw new RefusalException(RefusalCode.Conflict, $"The {RetryRule.Header} belongs to another request, or to one that is still under way or not yet agreed on.")
            {
                Where = RetryRule.Header,
                Remedy = "wait for the answer, or send a new key with a new request",
            };
        }
    }

    /// <summary>Whether what was delivered for the leaf repeats a use that is counted already.</summary>
    public static bool IsRetry(UnitOfWork unit, LeafRow leaf, string? answerDigest)
    {
        if (leaf.IdempotencyKey is null || answerDigest is null)
        {
            return false;
        }

        var sameUse = unit.Query<string>(
            """
            SELECT outcome FROM usage_leaves
            WHERE space_id = @Space AND agreement_id = @AgreementId AND role = @Role AND idempotency_key = @IdempotencyKey
              AND request_digest = @Digest AND answer_digest = @answerDigest AND state = 'settled' AND outcome IN ('ok', 'retry') AND interval_no >= @From
            ORDER BY interval_no, sequence_no
            """,
            new
            {
                unit.Space,
                leaf.AgreementId,
                leaf.Role,
                leaf.IdempotencyKey,
                Digest = leaf.RequestDigest,
                answerDigest,
                From = leaf.Interval - RetryRule.Intervals,
            });
        var counted = sameUse.LastIndexOf(UsageOutcomes.Ok);
        return counted >= 0 && sameUse.Count - counted - 1 < RetryRule.Most;
    }
}
