using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>
/// Whether the provider lets a transfer start: not before the agreement is filed, and not without a decision. Asked here for every
/// start: the connector's own, a person's, and a consumer's after a suspension.
/// </summary>
internal sealed class TransferDecision(AgreementService agreements, Subjects subjects, PolicyGate gate, DenialEvidence denials)
{
    /// <summary>Decides; changes nothing.</summary>
    /// <exception cref="RefusalException">Unavailable: no decision was taken; NotFound or Forbidden: the consumer is no active member.</exception>
    public async Task<StartVerdict> AskAsync(TransferRecord asked, CancellationToken cancellation)
    {
        // Not from memory: a receipt that is committed has woken all who were waiting then, and wakes nobody again.
        var agreement = agreements.FindCommitted(asked.AgreementId)!;
        if (agreement.FilingRefusal is { } refusal)
        {
            return StartVerdict.No($"not_filed: the authority has not filed the agreement: {refusal}");
        }

        if (!agreement.Filed)
        {
            return StartVerdict.NotYet;
        }

        // What is pushed is sent on without being looked at piece by piece: it could not be cut when the balance is used up.
        if (agreement.Price is not null && asked.Format == DspConstants.HttpPush)
        {
            return StartVerdict.No($"prepaid_pull_only: what is paid in advance is delivered by {DspConstants.HttpPull}");
        }

        var consumer = await subjects.FindAsync(agreement.Consumer, cancellation);
        var decision = await gate.DecideWhenAbleAsync(
            new PolicyQuestion
            {
                Stage = PolicyStage.Transfer,
                Subject = consumer.ToPeer(),
                Terms = agreement.Terms,
                Product = new ProductFacts(agreement.DatasetId, agreement.Classification),
                Filed = agreement.Filed,
                AgreementState = agreement.State,
                AgreedAt = agreement.ConcludedAt,
                Format = asked.Format,
            },
            cancellation);
        return StartVerdict.Of(decision);
    }

    /// <summary>A denial is evidence.</summary>
    public void Note(UnitOfWork unit, TransferRecord asked, StartVerdict verdict)
    {
        if (verdict.Denied is { } decision)
        {
            denials.Record(unit, decision, DeniedDecision.Evidence("transfer", asked.Counterparty, decision), asked.AgreementId, asked.Id);
        }
    }
}

/// <summary>The answer.</summary>
/// <param name="MustWait">The filing is under way: neither yes nor no.</param>
/// <param name="Reasons">Why not; empty when it may start or must wait.</param>
/// <param name="Denied">The decision, when policy denies.</param>
internal sealed record StartVerdict(bool MustWait, IReadOnlyList<string> Reasons, PolicyDecision? Denied)
{
    public static StartVerdict NotYet { get; } = new(true, [], null);

    public bool Allows => !MustWait && Reasons.Count == 0;

    public static StartVerdict No(string reason) => new(false, [reason], null);

    public static StartVerdict Of(PolicyDecision decision) => decision.Allow ? new(false, [], null) : new(false, DeniedDecision.Texts(decision), decision);

    /// <summary>For whoever asked for the start.</summary>
    public RefusalException ToRefusal() => MustWait
        ? new RefusalException(RefusalCode.InvalidTransition, "The authority has not filed the agreement yet: no transfer starts before that.") { Term = "filed", Remedy = "try again when the agreement is filed" }
        : Denied?.ToRefusal() ?? new RefusalException(RefusalCode.Forbidden, Reasons[0]) { Term = "filed", Remedy = "negotiate another agreement" };
}
