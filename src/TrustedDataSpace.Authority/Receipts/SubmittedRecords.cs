using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>Reads what a party submits: nothing of it counts before both signatures, the filed agreement and the interval fit together.</summary>
internal sealed class SubmittedRecords(FilingStore filings, ParticipantStore participants, MemberKeys keys, TimeProvider clock)
{
    // Connectors need not have the same second; an interval ends before it is recorded.
    private static readonly TimeSpan ClockSkew = UsageInterval.Length;

    /// <exception cref="RefusalException">Unauthenticated, Malformed, Conflict or TooLarge: which record, and why. NotFound: no such agreement of the caller's.</exception>
    public Submitted Read(ReceiptSubmission submission, string caller)
    {
        var claimed = ProtocolJson.Read<UsageRecord>(Jws.ReadUnverified(submission.Provider, UsageRecord.MaxSignedLength));
        var filing = FilingOf(claimed.AgreementId, caller);
        var provider = Verified(submission.Provider, filing.Provider);
        var consumer = submission.Consumer is null ? null : Verified(submission.Consumer, filing.Consumer);
        var agreement = filing.ToFiling();
        foreach (var record in new[] { provider, consumer }.OfType<UsageRecord>())
        {
            Require(record.AgreementId == filing.Id && record.ProviderId == filing.Provider && record.ConsumerId == filing.Consumer && record.ProductId == agreement.ProductId, "agreementId", "it is not of the agreement that is filed");
            Require(record.Flow == provider.Flow && record.Interval == provider.Interval, "interval", "the two are not of one interval of one flow");
            Require(record.To <= clock.GetUtcNow() + ClockSkew, "interval", "its interval is not over");
            Require(record.Flow.Length is > 0 and <= 256, "flow", "it has 1 to 256 characters");
        }

        return new Submitted(filing, submission, provider, consumer, ToleranceRule.From(agreement.Agreement));
    }

    /// <summary>The filed agreement, for its parties and the operator.</summary>
    /// <exception cref="RefusalException">NotFound: there is none, or it is of others.</exception>
    public FilingRow FilingOf(string agreement, string? member) =>
        filings.Find(agreement) is { } row && (member is null || member == row.Provider || member == row.Consumer)
            ? row
            : throw new RefusalException(RefusalCode.NotFound, $"There is no agreement {agreement} here.") { Term = "agreement", MayPass = true };

    private UsageRecord Verified(string jws, string party)
    {
        var member = participants.Find(party) ?? throw ParticipantService.Unknown(party);
        var record = UsageRecord.Verify(jws, keys.Accepted(member)).RequireSound();
        Require(record.Source == party, "source", $"it is not that of {party}");
        return record;
    }

    private static void Require(bool holds, string term, string why)
    {
        if (!holds)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The usage record is refused, {term}: {why}.") { Term = term };
        }
    }
}

/// <summary>What was submitted, verified.</summary>
internal sealed record Submitted(FilingRow Filing, ReceiptSubmission Jws, UsageRecord Provider, UsageRecord? Consumer, ToleranceRule? Tolerance);
