using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The duty "evidence before release": the log of the space has an entry about the use, and its receipt was verified here, before anything is
/// asked of the source. Uses that wait at the same time share a commit, a batch and a receipt.
/// </summary>
internal sealed class ReleaseEvidence(EvidenceTrail evidence, ReceiptWaits receipts, Database database, ConnectorSettings settings, TimeProvider clock)
{
    /// <summary>Its name in the answers of the rules.</summary>
    public const string Duty = "log";

    /// <summary>Whether this duty is all that the answer still asks of the request.</summary>
    public static bool Fulfils(PolicyDecision decision, GateRequest request) => !request.IsLogged && decision is { Result: "conditional", Duties: [Duty] };

    /// <summary>Announces the release of the use; returns when the log has acknowledged it.</summary>
    /// <exception cref="RefusalException">Unavailable: it has not, in time.</exception>
    public async Task AnnounceAsync(GateRequest request, UsageTicket ticket, CancellationToken cancellation)
    {
        if (receipts.Silence() is { } silence)
        {
            // Nothing is written: entries about releases that cannot happen would pile up for as long as the authority is away.
            throw NotAcknowledged($"the log of the space does not answer: {silence}", null);
        }

        var (entry, receipt) = await database.WriteAsync(unit => Announce(unit, request, ticket));
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

    private (string Entry, Task Receipt) Announce(UnitOfWork unit, GateRequest request, UsageTicket ticket)
    {
        var entry = evidence.Append(
            unit,
            EvidenceKinds.ReleaseAnnounced,
            new { consumer = request.Flow.Consumer, purpose = request.Purpose, policy = request.Agreement.Terms.Hash, ticket.Interval, ticket.Sequence },
            request.Flow.AgreementId,
            request.Flow.Id).Id;
        return (entry, receipts.Expect(unit, entry));
    }

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
