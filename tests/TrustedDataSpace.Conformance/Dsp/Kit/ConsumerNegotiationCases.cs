using TrustedDataSpace.Protocol.Dsp;
using static TrustedDataSpace.Conformance.Dsp.Kit.KitMessage;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>The connector under test is the consumer of a negotiation.</summary>
internal static class ConsumerNegotiationCases
{
    public static IReadOnlyList<KitCase> All { get; } =
    [
        Case("01-01", async kit =>
        {
            await OfferAsync(kit, KitMessage.Accepted);
            await AgreeAsync(kit);
            await FinalizeAsync(kit);
        }),
        Case("01-02", async kit =>
        {
            await OfferAsync(kit, Request);
            await EndAsync(kit);
        }),
        Case("01-03", kit => OfferAsync(kit, Termination)),
        Case("01-04", async kit =>
        {
            await AgreeAsync(kit);
            await FinalizeAsync(kit);
        }),
        Case("02-01", EndAsync),
        Case("02-02", async kit =>
        {
            kit.Expect(Termination);
            await kit.ReachAsync(Terminated);
            await kit.VerifyAsync(Terminated);
        }),
        Case("02-03", async kit =>
        {
            kit.Expect(Termination);
            await kit.SendAsync(Agreement);
            await kit.ReachAsync(Terminated);
            await kit.VerifyAsync(Terminated);
        }),
        Case("02-04", async kit =>
        {
            await OfferAsync(kit);
            await EndAsync(kit);
        }),
        Case("02-05", async kit =>
        {
            await OfferAsync(kit, KitMessage.Accepted);
            await EndAsync(kit);
        }),
        Case("02-06", async kit =>
        {
            await AgreeAsync(kit);
            await EndAsync(kit);
        }),
        Case("03-01", async kit =>
        {
            await kit.SendRefusedAsync(KitMessage.Finalized);
            await kit.VerifyAsync(Requested);
        }),
        Case("03-02", async kit =>
        {
            await OfferAsync(kit);
            await kit.SendRefusedAsync(Agreement);
            await kit.VerifyAsync(Offered);
        }),
        Case("03-03", async kit =>
        {
            await OfferAsync(kit);
            await kit.SendRefusedAsync(KitMessage.Finalized);
            await kit.VerifyAsync(Offered);
        }),
        Case("03-04", async kit =>
        {
            await OfferAsync(kit, KitMessage.Accepted);
            await kit.SendRefusedAsync(KitMessage.Finalized);
            await kit.VerifyAsync(NegotiationStates.Accepted);
        }),
        Case("03-05", async kit =>
        {
            await OfferAsync(kit, KitMessage.Accepted);
            await kit.SendRefusedAsync(Offer);
            await kit.VerifyAsync(NegotiationStates.Accepted);
        }),
        Case("03-06", async kit =>
        {
            await OfferAsync(kit, KitMessage.Accepted);
            await kit.SendAsync(Agreement);
            await kit.SendRefusedAsync(KitMessage.Finalized);
            await kit.VerifyAsync(Agreed);
        }),
    ];

    private static KitCase Case(string id, Func<KitNegotiation, Task> run) => KitCase.Negotiation("CN_C:" + id, DspRole.Provider, async kit =>
    {
        await kit.BeginAsync();
        await run(kit);
    });

    private static async Task OfferAsync(KitNegotiation kit)
    {
        await kit.SendAsync(Offer);
        await kit.VerifyAsync(Offered);
    }

    private static async Task OfferAsync(KitNegotiation kit, KitMessage answer)
    {
        kit.Expect(answer);
        await kit.SendAsync(Offer);
        await kit.ReachAsync(answer.State);
        await kit.VerifyAsync(answer.State);
    }

    private static async Task AgreeAsync(KitNegotiation kit)
    {
        kit.Expect(Verification);
        await kit.SendAsync(Agreement);
        await kit.ReachAsync(Verified);
    }

    private static async Task FinalizeAsync(KitNegotiation kit)
    {
        await kit.SendAsync(KitMessage.Finalized);
        await kit.VerifyAsync(NegotiationStates.Finalized);
    }

    private static async Task EndAsync(KitNegotiation kit)
    {
        await kit.SendAsync(Termination);
        await kit.VerifyAsync(Terminated);
    }
}
