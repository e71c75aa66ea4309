using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>
/// The form of an offer or agreement, as contract-schema.json requires it. Whether its terms can be enforced is the policy
/// compiler's question. A policy that is missing altogether is the serializer's to report, which does so after these checks.
/// </summary>
internal static partial class PolicyShape
{
    private static readonly string[] Operators =
        ["eq", "gt", "gteq", "lteq", "hasPart", "isA", "isAllOf", "isAnyOf", "isNoneOf", "isPartOf", "lt", "term-lteq", "neq"];

    private static readonly string[] LogicalOperands = ["and", "andSequence", "or", "xone"];

    /// <summary>An offer in a catalog: its target is the dataset it stands under (DSP §5.3.2).</summary>
    public static void RequireCatalogOffer(PolicyDocument policy, string at)
    {
        RequirePolicy(policy.Element, "Offer", at);
        if (policy.Element.TryGetProperty("target", out _))
        {
            throw Fault($"{at}.target", "an offer in a catalog has no target");
        }
    }

    /// <summary>An offer in a message (DSP §7.2.1): it names its target.</summary>
    public static void RequireMessageOffer(PolicyDocument? policy, string at)
    {
        if (policy is null)
        {
            return;
        }

        RequirePolicy(policy.Element, "Offer", at);
        RequireText(policy.Element, "target", at);
    }

    /// <summary>An agreement (DSP §7.2.3).</summary>
    public static void RequireAgreement(PolicyDocument? policy, string at)
    {
        if (policy is null)
        {
            return;
        }

        RequirePolicy(policy.Element, "Agreement", at);
        RequireText(policy.Element, "target", at);
        RequireText(policy.Element, "assigner", at);
        RequireText(policy.Element, "assignee", at);
        if (policy.Element.TryGetProperty("timestamp", out var time)
            && !(time.ValueKind == JsonValueKind.String && Timestamp().IsMatch(time.GetString()!)))
        {
            throw Fault($"{at}.timestamp", "it must be an xsd:dateTime");
        }
    }

    private static void RequirePolicy(JsonElement policy, string type, string at)
    {
        if (DspJson.TypeOf(policy) != type)
        {
            throw Fault($"{at}.@type", $"it must be \"{type}\"");
        }

        RequireText(policy, "@id", at);
        RequireProfile(policy, at);
        var rules = Rules(policy, "permission", at) + Rules(policy, "prohibition", at);
        Rules(policy, "obligation", at);
        if (rules == 0)
        {
            throw Fault(at, "a policy needs at least one permission or prohibition");
        }
    }

    private static void RequireProfile(JsonElement policy, string at)
    {
        if (policy.TryGetProperty("profile", out var profile)
            && profile.ValueKind != JsonValueKind.String
            && !(profile.ValueKind == JsonValueKind.Array && profile.EnumerateArray().All(p => p.ValueKind == JsonValueKind.String)))
        {
            throw Fault($"{at}.profile", "it must be a string or a list of strings");
        }
    }

    private static int Rules(JsonElement policy, string name, string at)
    {
        if (!policy.TryGetProperty(name, out var rules))
        {
            return 0;
        }

        var place = $"{at}.{name}";
        if (rules.ValueKind != JsonValueKind.Array || rules.GetArrayLength() == 0)
        {
            throw Fault(place, "it must be a list of at least one rule");
        }

        var i = 0;
        foreach (var rule in rules.EnumerateArray())
        {
            RequireRule(rule, $"{place}[{i++}]");
        }

        return i;
    }

    private static void RequireRule(JsonElement rule, string at)
    {
        RequireObject(rule, at);
        RequireText(rule, "action", at);
        if (rule.TryGetProperty("constraint", out var constraints))
        {
            RequireConstraints(constraints, $"{at}.constraint");
        }
    }

    private static void RequireConstraints(JsonElement constraints, string at)
    {
        if (constraints.ValueKind != JsonValueKind.Array)
        {
            throw Fault(at, "it must be a list of constraints");
        }

        var i = 0;
        foreach (var constraint in constraints.EnumerateArray())
        {
            RequireConstraint(constraint, $"{at}[{i++}]");
        }
    }

    /// <summary>Either atomic or exactly one logical operand (oneOf): never both, never neither.</summary>
    private static void RequireConstraint(JsonElement constraint, string at)
    {
        RequireObject(constraint, at);
        var logical = LogicalOperands.Where(name => constraint.TryGetProperty(name, out _)).ToArray();
        if (logical.Length > 1 || (logical.Length == 1 && IsAtomic(constraint)))
        {
            throw Fault(at, "a constraint is atomic or has one of and, andSequence, or, xone");
        }

        if (logical.Length == 1)
        {
            RequireConstraints(constraint.GetProperty(logical[0]), $"{at}.{logical[0]}");
            return;
        }

        RequireText(constraint, "leftOperand", at);
        if (!constraint.TryGetProperty("operator", out var op) || op.ValueKind != JsonValueKind.String || !Operators.Contains(op.GetString()))
        {
            throw Fault($"{at}.operator", $"it must be one of {string.Join(", ", Operators)}");
        }

        if (!constraint.TryGetProperty("rightOperand", out var right)
            || right.ValueKind is not (JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Array))
        {
            throw Fault($"{at}.rightOperand", "it must be a string, an object or a list (a number is written as a string)");
        }
    }

    private static bool IsAtomic(JsonElement constraint) =>
        constraint.TryGetProperty("leftOperand", out _) && constraint.TryGetProperty("operator", out _) && constraint.TryGetProperty("rightOperand", out _);

    private static void RequireObject(JsonElement element, string at)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Fault(at, "it must be an object");
        }
    }

    private static void RequireText(JsonElement element, string name, string at)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            throw Fault($"{at}.{name}", "a string is required");
        }
    }

    private static JsonException Fault(string at, string what) => new($"{at}: {what}");

    [GeneratedRegex(@"\A-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|(24:00:00(\.0+)?))(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?\z")]
    private static partial Regex Timestamp();
}
