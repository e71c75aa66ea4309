using TrustedDataSpace.Protocol.Dsp;
using static TrustedDataSpace.Conformance.Dsp.Kit.KitMessage;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>The connector under test is the provider of a negotiation.</summary>
internal static class ProviderNegotiationCases
{
    public static IReadOnlyList<KitCase> All { get; } =
    [
        Case("01-01", async kit =>
        {
            await AskAsync(kit, Offer);
            await EndAsync(kit);
        }),
        Case("01-02", async kit =>
        {
            await AskAsync(kit, Offer);
            kit.Expect(Termination);
            await kit.SendAsync(Request);
            await TerminatedAsync(kit);
        }),
        Case("01-03", ToTheEndAsync),
        Case("01-04", async kit =>
        {
            await AskAsync(kit, Agreement);
            await VerifyAndFinalizeAsync(kit);
        }),
        Case("02-01", async kit =>
        {
            await kit.BeginAsync();
            kit.Expect(Termination);
            await TerminatedAsync(kit);
        }),
        Case("02-02", async kit =>
        {
            await kit.BeginAsync();
            await EndAsync(kit);
        }),
        Case("02-03", async kit =>
        {
            await AskAsync(kit, Agreement);
            await EndAsync(kit);
        }),
        Case("02-04", async kit =>
        {
            await AskAsync(kit, Offer);
            await EndAsync(kit);
        }),
        Case("02-05", async kit =>
        {
            await AskAsync(kit, Offer);
            kit.Expect(Termination);
            await TerminatedAsync(kit);
        }),
        Case("02-06", async kit =>
        {
            await AskAsync(kit, Offer);
            await kit.SendAsync(KitMessage.Accepted);
            kit.Expect(Termination);
            await TerminatedAsync(kit);
        }),
        Case("02-07", async kit =>
        {
            await AskAsync(kit, Agreement);
            kit.Expect(Termination);
            await kit.SendAsync(Verification);
            await TerminatedAsync(kit);
        }),
        Case("03-01", async kit =>
        {
            await ToTheEndAsync(kit);
            await kit.SendRefusedAsync(Termination);
            await kit.VerifyAsync(NegotiationStates.Finalized);
        }),
        Case("03-02", async kit =>
        {
            await AskAsync(kit, Offer);
            await kit.SendRefusedAsync(Verification);
            await kit.VerifyAsync(Offered);
        }),
        Case("03-03", async kit =>
        {
            await AskAsync(kit, Offer);
            await kit.SendAsync(KitMessage.Accepted);
            await kit.SendRefusedAsync(Verification);
            await kit.VerifyAsync(NegotiationStates.Accepted);
        }),
        Case("03-04", async kit =>
        {
            await AskAsync(kit, Offer);
            await kit.SendAsync(Request);
            await kit.SendRefusedAsync(Request);
            await kit.VerifyAsync(Requested);
        }),
    ];

    private static KitCase Case(string id, Func<KitNegotiation, Task> run) => KitCase.Negotiation("CN:" + id, DspRole.Consumer, run);

    private static async Task AskAsync(KitNegotiation kit, KitMessage answer)
    {
        kit.Expect(answer);
        await kit.BeginAsync();
        await kit.ReachAsync(answer.State);
    }

    private static async Task ToTheEndAsync(KitNegotiation kit)
    {
        await AskAsync(kit, Offer);
        kit.Expect(Agreement);
        await kit.SendAsync(KitMessage.Accepted);
        await kit.ReachAsync(Agreed);
        await VerifyAndFinalizeAsync(kit);
    }

    private static async Task VerifyAndFinalizeAsync(KitNegotiation kit)
    {
        kit.Expect(KitMessage.Finalized);
        await kit.SendAsync(Verification);
        await kit.ReachAsync(NegotiationStates.Finalized);
        await kit.VerifyAsync(NegotiationStates.Finalized);
    }

    private static async Task EndAsync(KitNegotiation kit)
    {
        await kit.SendAsync(Termination);
        await kit.VerifyAsync(Terminated);
    }

    private static async Task TerminatedAsync(KitNegotiation kit)
    {
        await kit.ReachAsync(Terminated);
        await kit.VerifyAsync(Terminated);
    }
}
