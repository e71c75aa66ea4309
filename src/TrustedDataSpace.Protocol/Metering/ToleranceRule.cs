using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>By how much the two meters may differ without a dispute, as <c>tds:tolerance</c> in the contract. Without it: by nothing.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ToleranceRule
{
    /// <summary>The property of an offer or agreement that holds the rule.</summary>
    public const string Property = "tds:tolerance";

    /// <summary>The part of the larger count by which the smaller may be below it, such as 0.01 for one in a hundred. More than 0, at most 0.1.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Share { get; init; }

    private const decimal Most = 0.1m;

    /// <summary>The rule of an offer or agreement; null when it has none.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported: a rule that cannot be applied is refused, never passed over.</exception>
    public static ToleranceRule? From(PolicyDocument policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Extension(Property) is not { } element)
        {
            return null;
        }

        var rule = ProtocolJson.Read<ToleranceRule>(element);
        return rule.Share is > 0 and <= Most ? rule : throw new RefusalException(RefusalCode.Unsupported, "The tolerance of the contract is refused: share must be above 0 and at most 0.1.")
        {
            Term = Property,
            Where = $"$['{Property}'].share",
            Remedy = "Give a share such as \"0.01\", or leave the tolerance out: then only equal records settle.",
        };
    }

    /// <summary>Whether two counts of the same are near enough.</summary>
    public bool Covers(long one, long other) => Math.Max(one, other) - (decimal)Math.Min(one, other) <= Share * Math.Max(one, other);
}
