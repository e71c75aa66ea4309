using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Delivery;

/// <summary>
/// Which part of the source's answer is delivered, as <c>tds:delivery</c> in the contract: a row filter (TC609 valueExpression) and a
/// projection (dataField), applied by the provider's connector while data flows. What is left out is neither delivered nor counted.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DeliveryRule
{
    /// <summary>The property of an offer or agreement that holds the rule.</summary>
    public const string Property = "tds:delivery";

    private const int MostConditions = 16;
    private const int MostColumns = 1024;

    /// <summary>The media type the rule applies to: <c>text/csv</c> (RFC 4180 with a header line).</summary>
    public required string Format { get; init; }

    /// <summary>Rows are delivered only if all of these hold. Empty: every row.</summary>
    public IReadOnlyList<RowCondition> Rows { get; init; } = [];

    /// <summary>Columns that are delivered, in the source's order. Empty: every column.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The rule of an offer or agreement; null when it has none.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported: a rule that cannot be applied is refused, never passed over.</exception>
    public static DeliveryRule? From(PolicyDocument policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Extension(Property) is not { } element)
        {
            return null;
        }

        var rule = ProtocolJson.Read<DeliveryRule>(element);
        if (rule.Format != "text/csv")
        {
            throw Unsupported($"rows of \"{rule.Format}\" cannot be filtered", "format", "Set format to \"text/csv\".");
        }

        if (rule.Rows.Count == 0 && rule.Columns.Count == 0)
        {
            throw Unsupported("it leaves nothing out", "rows", "Name conditions or columns, or leave the rule out.");
        }

        if (rule.Rows.Count > MostConditions || rule.Columns.Count > MostColumns || rule.Columns.Distinct(StringComparer.Ordinal).Count() != rule.Columns.Count)
        {
            throw Unsupported($"it may have {MostConditions} conditions and {MostColumns} different columns at most", "columns", null);
        }

        for (var i = 0; i < rule.Rows.Count; i++)
        {
            rule.Rows[i].Check($"rows[{i}]");
        }

        return rule;
    }

    internal static RefusalException Unsupported(string why, string where, string? remedy) =>
        new(RefusalCode.Unsupported, $"The delivery rule of the contract is refused: {why}.")
        {
            Term = Property,
            Where = $"$['{Property}'].{where}",
            Remedy = remedy,
        };
}
