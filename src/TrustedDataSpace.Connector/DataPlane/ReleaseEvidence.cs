using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The duties before release. "log": the log of the space has an entry about the use, and its receipt was verified here, before anything is
/// asked of the source; uses that wait at the same time share a commit, a batch and a receipt. "inform": that entry is among the provider's
/// events, durably, from where it is delivered at least once.
/// </summary>
internal sealed class ReleaseEvidence(EvidenceTrail evidence, ReceiptWaits receipts, Database database, ConnectorSettings settings, TimeProvider clock)
{
    private const string Log = "log";
    private const string Inform = "inform";

    private static readonly string[][] NamesOf = [[], [Log], [Inform], [Log, Inform]];

    /// <summary>Their names in questions and answers of the rules.</summary>
    public static IReadOnlyList<string> Names(ReleaseDuties duties) => NamesOf[(int)duties];

    /// <summary>What the answer still asks of the request; none as well when something of it is carried out by nobody.</summary>
    public static ReleaseDuties OwedBy(PolicyDecision decision, GateRequest request)
    {
        var owed = ReleaseDuties.None;
        foreach (var duty in decision.Result == "conditional" ? decision.Duties : [])
        {
            switch (duty)
            {
                case Log:
                    owed |= ReleaseDuties.Log;
                    break;
                case Inform:
                    owed |= ReleaseDuties.Inform;
                    break;
                default:
                    return ReleaseDuties.None;
            }
        }

        return owed & ~request.Done;
    }

    /// <summary>Announces the release of the use; where the log has to acknowledge that, returns when it has.</summary>
    /// <exception cref="RefusalException">Unavailable: it has not, in time.</exception>
    public async Task CarryOutAsync(GateRequest request, ReleaseDuties owed, UsageTicket ticket, CancellationToken cancellation)
    {
        if (!owed.HasFlag(ReleaseDuties.Log))
        {
            await database.WriteAsync(unit => Announce(unit, request, ticket));
            return;
        }

        if (receipts.Silence() is { } silence)
        {
            // Nothing is written: entries about releases that cannot happen would pile up for as long as the authority is away.
            throw NotAcknowledged($"the log of the space does not answer: {silence}", null);
        }

        var (entry, receipt) = await database.WriteAsync(unit =>
        {
            var announced = Announce(unit, request, ticket);
            return (announced, receipts.Expect(unit, announced));
        });
        try
        {
            await receipt.WaitAsync(settings.Data.EvidenceDeadline, clock, cancellation);
        }
        catch (TimeoutException late)
        {
            throw NotAcknowledged($"the log of the space has not acknowledged it within {settings.Data.EvidenceDeadline}", late);
        }
        finally
        {
            receipts.Forget(entry);
        }
    }

    private string Announce(UnitOfWork unit, GateRequest request, UsageTicket ticket) => evidence.Append(
        unit,
        EvidenceKinds.ReleaseAnnounced,
        new { consumer = request.Flow.Consumer, purpose = request.Purpose, policy = request.Agreement.Terms.Hash, ticket.Interval, ticket.Sequence },
        request.Flow.AgreementId,
        request.Flow.Id).Id;

    private static RefusalException NotAcknowledged(string why, Exception? cause)
    {
        const string Remedy = "try again when the authority of the space answers";
        var message = $"The contract asks for evidence before each release, and {why}.";
        return new RefusalException(RefusalCode.Unavailable, message, cause)
        {
            Where = "authority",
            Term = "duty",
            Remedy = Remedy,
            Reasons = [new RefusalReason("evidence_not_acknowledged", "duty", message, Remedy)],
        };
    }
}
