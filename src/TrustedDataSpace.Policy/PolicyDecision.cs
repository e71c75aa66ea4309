using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Policy;

/// <summary>The answer to one question. Only <see cref="Allowed"/> makes one that allows, so a default or half-built answer denies.</summary>
public sealed record PolicyDecision
{
    /// <summary>The reason code of every failure outside the rules: no bundle, engine error, exceeded budget, unreadable answer.</summary>
    public const string EngineErrorCode = "engine_error";

    private static readonly RegoString AllowName = new("allow");
    private static readonly RegoString ResultName = new("result");
    private static readonly RegoString PermissionName = new("permission");
    private static readonly RegoString ReasonsName = new("reasons");
    private static readonly RegoString DutiesName = new("duties");
    private static readonly RegoString DecisionName = new("decision");
    private static readonly RegoString ValidityName = new("validity");

    private PolicyDecision(bool allow, string result, string? permission, IReadOnlyList<PolicyReason> reasons, IReadOnlyList<string> duties, string revision)
    {
        Allow = allow;
        Result = result;
        Permission = permission;
        Reasons = reasons;
        Duties = duties;
        Revision = revision;
    }

    /// <summary>Whether the use may go on now.</summary>
    public bool Allow { get; }

    /// <summary><c>allowed</c>, <c>conditional</c>, <c>denied</c> or <c>denied_by_default</c>.</summary>
    public string Result { get; }

    /// <summary>The permission that matched; only when allowed.</summary>
    public string? Permission { get; }

    /// <summary>Why not; empty when allowed, never empty otherwise.</summary>
    public IReadOnlyList<PolicyReason> Reasons { get; }

    /// <summary>When <see cref="Result"/> is <c>conditional</c>: what to carry out, name in <c>input.duties_done</c>, and then ask again.</summary>
    public IReadOnlyList<string> Duties { get; }

    /// <summary>Revision of the bundle that decided.</summary>
    public string Revision { get; }

    /// <summary>How long the answer holds for the same question; null: it must not be used again. Only of an answer that was asked for with it.</summary>
    public DecisionValidity? Validity { get; private init; }

    /// <summary>The question as it was put, UTF-8 JSON: kept with a denial by whoever must be able to put it again.</summary>
    public ReadOnlyMemory<byte>? Question { get; init; }

    /// <summary>Whether nobody decided: it denies, and says nothing about the terms.</summary>
    public bool IsEngineError => Reasons is [{ Code: EngineErrorCode }];

    /// <summary>The use may go on.</summary>
    /// <param name="permission">The permission that matched.</param>
    /// <param name="revision">Revision of the bundle.</param>
    public static PolicyDecision Allowed(string permission, string revision) => new(true, "allowed", permission, [], [], revision);

    /// <summary>The use may not go on; nothing permits it.</summary>
    /// <param name="reasons">Why, at least one.</param>
    /// <param name="revision">Revision of the bundle.</param>
    public static PolicyDecision Denied(IReadOnlyList<PolicyReason> reasons, string revision) => Refused("denied_by_default", reasons, [], revision);

    /// <summary>No decision could be taken, which is a denial.</summary>
    /// <param name="message">What went wrong, without secrets.</param>
    /// <param name="revision">Revision of the bundle.</param>
    public static PolicyDecision EngineError(string message, string revision) =>
        Denied([new(EngineErrorCode, null, message, "ask the operator of the connector")], revision);

    /// <summary>Reads the answer of an engine that also says how long it holds.</summary>
    /// <param name="output">The value of <c>data.tds.validity.answer</c>.</param>
    /// <param name="reads">What the rules read.</param>
    /// <param name="revision">Revision of the bundle that decided.</param>
    internal static PolicyDecision FromOutput(RegoValue output, PolicyReads reads, string revision)
    {
        if (output is not RegoObject answer || answer.Lookup(DecisionName) is not { } value)
        {
            return EngineError("the policy's answer is not readable", revision);
        }

        var decision = FromOutput(value, revision);
        return decision.Allow ? decision with { Validity = DecisionValidity.FromOutput(answer.Lookup(ValidityName), reads) } : decision;
    }

    /// <summary>Reads the answer of an engine. Whatever is not exactly an answer of the contract denies.</summary>
    /// <param name="output">The value of <c>data.tds.decision</c>.</param>
    /// <param name="revision">Revision of the bundle that decided.</param>
    internal static PolicyDecision FromOutput(RegoValue output, string revision)
    {
        if (output is not RegoObject answer
            || answer.Lookup(ResultName) is not RegoString { Value: var result }
            || ReadList(answer.Lookup(ReasonsName), ReadReason) is not { } reasons
            || ReadList(answer.Lookup(DutiesName), static duty => (duty as RegoString)?.Value) is not { } duties)
        {
            return EngineError("the policy's answer is not readable", revision);
        }

        return (answer.Lookup(AllowName), result) switch
        {
            (RegoBoolean { Value: true }, "allowed") when reasons.Length == 0 && duties.Length == 0 && answer.Lookup(PermissionName) is RegoString { Value: var permission } => Allowed(permission, revision),
            (RegoBoolean { Value: false }, "conditional") when reasons.Length > 0 && duties.Length > 0 => Refused(result, reasons, duties, revision),
            (RegoBoolean { Value: false }, "denied" or "denied_by_default") when reasons.Length > 0 && duties.Length == 0 => Refused(result, reasons, duties, revision),
            _ => EngineError("the policy's answer contradicts itself", revision),
        };
    }

    private static PolicyDecision Refused(string result, IReadOnlyList<PolicyReason> reasons, IReadOnlyList<string> duties, string revision) =>
        new(false, result, null, reasons, duties, revision);

    private static string? Text(RegoObject value, string name) => (value[name] as RegoString)?.Value;

    private static PolicyReason? ReadReason(RegoValue value) =>
        value is RegoObject reason && Text(reason, "code") is { } code && Text(reason, "message") is { } message
            ? new(code, Text(reason, "term"), message, Text(reason, "remedy"))
            : null;

    private static T[]? ReadList<T>(RegoValue? value, Func<RegoValue, T?> read)
        where T : class
    {
        if (value is not RegoArray list)
        {
            return null;
        }

        if (list.Count == 0)
        {
            return [];
        }

        var items = list.Select(read).OfType<T>().ToArray();
        return items.Length == list.Count ? items : null;
    }
}
