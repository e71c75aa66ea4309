using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>
/// Ends an agreement before its time, on this side: in one unit of work it is over, its open transfers are terminated, and the
/// counterparty is told by their termination messages (the protocol has none for an agreement).
/// </summary>
internal sealed class AgreementEnd(Database database, AgreementService agreements, TransferMachine machine, EvidenceTrail evidence)
{
    private const int LongestReason = 400;
    private const string Code = "agreement_ended";

    /// <summary>Ends the agreement. Again, it changes nothing.</summary>
    /// <exception cref="RefusalException">NotFound; Malformed reason.</exception>
    public async Task<AgreementView> EndAsync(string id, Termination termination)
    {
        var reason = termination.Reason.Trim();
        if (reason.Length is 0 or > LongestReason)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The reason has 1 to {LongestReason} characters; the other party reads it.") { Where = "$.reason" };
        }

        await database.WriteAsync(unit =>
        {
            if (!agreements.End(unit, id))
            {
                return;
            }

            evidence.Append(unit, EvidenceKinds.AgreementEnded, new { reason }, id);
            foreach (var open in TransferStore.OpenUnder(unit, id))
            {
                machine.Step(unit, open with { Code = Code, Reasons = DspProcess.ToReasons([$"{Code}: {reason}"]) }, open.Role, Terminated);
            }
        });
        return await agreements.GetAsync(id, TimeSpan.Zero, CancellationToken.None);
    }
}
