using System.Text.Json;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>
/// Every step that the table of the protocol allows, taken by a person or a program in place of the connector. What the connector would
/// check before it, it checks here, too: nobody can agree to what policy denies, or verify an agreement that is not what was asked for.
/// </summary>
internal sealed class NegotiationSteps(
    Database database, NegotiationStore store, NegotiationMachine machine, NegotiationDecision decisions, AgreementCheck check)
{
    private const int LongestReason = 400;

    /// <summary>The consumer asks again, or the provider makes an offer: with other terms, or with those on the table.</summary>
    /// <exception cref="RefusalException">NotFound, also when the provider offers the product no longer; InvalidTransition; Malformed or Unsupported terms.</exception>
    public Task<NegotiationView> ProposeAsync(string id, DspRole role, JsonElement? terms) => StepAsync(id, role, role == DspRole.Consumer ? Requested : Offered, (unit, current) =>
    {
        // Accepted, it would wait for an agreement that is refused for ever.
        if (role == DspRole.Provider && ProductStore.Find(unit, current.DatasetId) is null)
        {
            throw ProductService.NoSuch(current.DatasetId);
        }

        return machine.Propose(unit, current, NegotiationProposal.For(current, terms));
    });

    /// <summary>The consumer accepts the offer on the table.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition.</exception>
    public Task<NegotiationView> AcceptAsync(string id) =>
        StepAsync(id, DspRole.Consumer, Accepted, (unit, current) => machine.Step(unit, current, DspRole.Consumer, Accepted));

    /// <summary>The provider finalizes: from here on the agreement is in force.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition.</exception>
    public Task<NegotiationView> FinalizeAsync(string id) =>
        StepAsync(id, DspRole.Provider, Finalized, (unit, current) => machine.Step(unit, current, DspRole.Provider, Finalized));

    /// <summary>The provider agrees, if policy allows it.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition; PolicyRefused, with all reasons; Unavailable.</exception>
    public async Task<NegotiationView> AgreeAsync(string id, CancellationToken cancellation)
    {
        var seen = Required(id, DspRole.Provider, Agreed);
        var decision = await decisions.DecideAsync(seen, cancellation);
        if (!decision.Allow)
        {
            await database.WriteAsync(unit => decisions.Record(unit, seen, decision));
            throw decision.ToRefusal();
        }

        return await StepAsync(id, DspRole.Provider, Agreed, (unit, current) => machine.Agree(unit, Same(current, seen)));
    }

    /// <summary>The consumer verifies the agreement, if it is what is on the table.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition; Conflict: the agreement is another, with all differences; Unavailable.</exception>
    public async Task<NegotiationView> VerifyAsync(string id, CancellationToken cancellation)
    {
        var seen = Required(id, DspRole.Consumer, Verified);
        var wrong = await check.DifferencesAsync(seen, cancellation);
        return wrong.Count == 0
            ? await StepAsync(id, DspRole.Consumer, Verified, machine.Verify)
            : throw new RefusalException(RefusalCode.Conflict, $"The agreement cannot be verified: {string.Join("; ", wrong)}.")
            {
                Term = "agreement",
                Remedy = "terminate the negotiation, with this reason",
            };
    }

    /// <summary>Breaks a negotiation off and tells the counterparty.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition; Malformed reason or code.</exception>
    public async Task<NegotiationView> TerminateAsync(string id, Termination termination)
    {
        var (reason, code) = (termination.Reason.Trim(), termination.Code?.Trim());
        if (reason.Length is 0 or > LongestReason || code is { Length: 0 or > LongestReason })
        {
            throw new RefusalException(RefusalCode.Malformed, $"Reason and code have 1 to {LongestReason} characters; the other party reads them.") { Where = "$.reason" };
        }

        var ended = await database.WriteAsync(unit => machine.Terminate(unit, NegotiationStore.Find(unit, id) ?? throw NegotiationService.NoSuch(id), [reason], code));
        return ended.ToView();
    }

    private async Task<NegotiationView> StepAsync(string id, DspRole role, string to, Func<UnitOfWork, NegotiationRecord, NegotiationRecord> step)
    {
        var stepped = await database.WriteAsync(unit => step(unit, Required(NegotiationStore.Find(unit, id), id, role, to)));
        return stepped.ToView();
    }

    private NegotiationRecord Required(string id, DspRole role, string to) => Required(store.Find(id), id, role, to);

    private static NegotiationRecord Required(NegotiationRecord? found, string id, DspRole role, string to)
    {
        var current = found ?? throw NegotiationService.NoSuch(id);
        if (current.Role != role)
        {
            throw new RefusalException(
                RefusalCode.InvalidTransition,
                $"This participant is the {current.Role.ToString().ToLowerInvariant()} of the negotiation; this step is the {role.ToString().ToLowerInvariant()}'s.");
        }

        NegotiationMachine.Require(current, role, to);
        return current;
    }

    // The counterparty may have put other terms on the table while policy decided.
    private static NegotiationRecord Same(NegotiationRecord current, NegotiationRecord seen) => current.Round == seen.Round
        ? current
        : throw new RefusalException(RefusalCode.Conflict, "Other terms were put on the table in the meantime.");
}
