using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Suspensions of what this provider serves that the connector itself takes, and ends when their reason is gone.</summary>
internal sealed class FlowSuspension(TransferStore store, TransferMachine machine, TransferSteps steps)
{
    /// <summary>Suspends the transfer behind the flow, if it runs.</summary>
    public void Suspend(UnitOfWork unit, string flow, string code, string reason)
    {
        if (TransferStore.Find(unit, flow) is { Role: DspRole.Provider, State: Started } running)
        {
            machine.Step(unit, running with { Code = code, Reasons = DspProcess.ToReasons([$"{code}: {reason}"]) }, DspRole.Provider, Suspended);
        }
    }

    /// <summary>Starts it again, if it still stands suspended for that reason: a person's suspension is a person's to end.</summary>
    /// <exception cref="Protocol.Errors.RefusalException">As <see cref="TransferSteps.StartAsync"/>.</exception>
    public async Task ResumeAsync(string flow, string code, CancellationToken cancellation)
    {
        if (store.Find(flow) is { Role: DspRole.Provider, State: Suspended } waiting && waiting.Code == code)
        {
            await steps.StartAsync(flow, cancellation);
        }
    }
}
