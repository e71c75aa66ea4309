using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Policies.Allows;
using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The answers of one flow that may be used again: for a question that is the same in all that the rules read, under the same rules, the
/// same state of agreement and participant and the same facts about the world, before the moment and below the counts at which the rules
/// say that the answer could change. Whatever is not known to be so is decided afresh.
/// </summary>
internal sealed class DecisionCache
{
    // Contracts whose rules read paths have an answer for each; more are not worth their memory.
    private const int MostKept = 4_096;

    private readonly ConcurrentDictionary<DecisionKey, KeptDecision> kept = new();

    // Looked at first: most requests of a flow ask the same, and to compare is quicker than to hash.
    private volatile KeptDecision? latest;
    private volatile ReleaseDuties owing;

    /// <summary>The answer that holds for this request, or null.</summary>
    /// <param name="request">The request.</param>
    /// <param name="rules">The rules and facts that decide now.</param>
    /// <param name="stage">Stage of the question.</param>
    /// <param name="nowMs">Now, milliseconds since 1970.</param>
    /// <param name="used">Uses with this one.</param>
    /// <param name="counters">Further counters with this use.</param>
    public KeptDecision? Find(GateRequest request, DecidingRules rules, PolicyStage stage, long nowMs, long used, IReadOnlyDictionary<string, long>? counters) =>
        rules.Reads.IsReusable
        && Find(KeyOf(request, stage, rules.Reads)) is { } answer
        && answer.Rules == rules
        && ReferenceEquals(answer.Request.Agreement, request.Agreement)
        && ReferenceEquals(answer.Request.Subject, request.Subject)
        && answer.Request.Request.Connector == request.Request.Connector
        && Holds(answer.Decision.Validity!, nowMs, used, counters)
            ? answer
            : null;

    /// <summary>Keeps an answer, if it may be used again.</summary>
    public void Keep(GateRequest request, DecidingRules rules, PolicyStage stage, PolicyDecision decision, AllowNote? note = null)
    {
        // An engine that was given other rules meanwhile has decided by those.
        if (decision.Validity is not { } validity || !ReferenceEquals(validity.Reads, rules.Reads) || decision.Revision != rules.Revision)
        {
            return;
        }

        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }

        var key = KeyOf(request, stage, rules.Reads);
        latest = kept[key] = new KeptDecision(key, request, rules, decision, note);
        owing = request.Done;
    }

    /// <summary>What the newest answer rests on: it is about requests for which that was carried out.</summary>
    public ReleaseDuties Owing => owing;

    /// <summary>Whether an answer still holds at that moment and with those counts.</summary>
    public static bool Holds(DecisionValidity validity, long nowMs, long used, IReadOnlyDictionary<string, long>? counters)
    {
        if (nowMs >= validity.UntilMs)
        {
            return false;
        }

        foreach (var (name, most) in validity.AtMost)
        {
            var value = name == Metering.Quotas.AgreementCount.Total ? used : counters is not null && counters.TryGetValue(name, out var other) ? other : long.MaxValue;
            if (value > most)
            {
                return false;
            }
        }

        return true;
    }

    private KeptDecision? Find(in DecisionKey key) => latest is { } last && last.Key == key ? last : kept.GetValueOrDefault(key);

    private static DecisionKey KeyOf(GateRequest request, PolicyStage stage, PolicyReads reads) => new(
        stage,
        request.Purpose,
        reads.ReadsRequestMethod ? request.Request.Method : null,
        reads.ReadsRequestPath ? request.Request.Path : null,
        reads.ReadsRequestAddress ? request.Request.Address : null,
        reads.ReadsRequestApplication ? request.Request.Application : null,
        request.Done);
}

/// <summary>What an answer is about, as far as the rules read it.</summary>
internal readonly record struct DecisionKey(PolicyStage Stage, string? Purpose, string? Method, string? Path, string? Address, string? Application, ReleaseDuties Done);

/// <summary>An answer that may be used again.</summary>
/// <param name="Key">What it is about.</param>
/// <param name="Request">What was asked.</param>
/// <param name="Rules">The rules and facts that decided.</param>
/// <param name="Decision">The answer.</param>
/// <param name="Note">What the trail of allowed uses knows of it; null: its question is not kept.</param>
internal sealed record KeptDecision(DecisionKey Key, GateRequest Request, DecidingRules Rules, PolicyDecision Decision, AllowNote? Note);
