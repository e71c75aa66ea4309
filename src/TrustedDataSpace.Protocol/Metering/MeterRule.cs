using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Metering;

/// <summary>How use is counted, as <c>tds:meter</c> in the contract: both parties count by the same rule.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record MeterRule
{
    /// <summary>The property of an offer or agreement that holds the rule.</summary>
    public const string Property = "tds:meter";

    /// <summary>What is counted: <see cref="Row"/> or <see cref="Request"/>.</summary>
    public required string Unit { get; init; }

    /// <summary>The media type whose rows are counted, for example <c>text/csv</c>.</summary>
    public string? Format { get; init; }

    /// <summary>How many values make one record of the product; a record with 96 values counts as 96 rows.</summary>
    public int ValuesPerRecord { get; init; } = 1;

    /// <summary>Rows are counted.</summary>
    public const string Row = "row";

    /// <summary>Requests are counted.</summary>
    public const string Request = "request";

    /// <summary>The rule of an offer or agreement; null when it has none.</summary>
    /// <exception cref="RefusalException">Malformed or Unsupported: a rule that cannot be applied is refused, never passed over.</exception>
    public static MeterRule? From(PolicyDocument policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.Extension(Property) is not { } element)
        {
            return null;
        }

        var rule = ProtocolJson.Read<MeterRule>(element);
        if (rule.Unit is not (Row or Request))
        {
            throw Unsupported($"the unit \"{rule.Unit}\" cannot be counted", "unit", "Use \"row\" or \"request\".");
        }

        if (rule.Unit == Row && rule.Format is not "text/csv")
        {
            throw Unsupported("rows can be counted in text/csv only", "format", "Set format to \"text/csv\", or count requests.");
        }

        return rule.ValuesPerRecord >= 1 ? rule : throw Unsupported("valuesPerRecord must be at least 1", "valuesPerRecord", null);
    }

    private static RefusalException Unsupported(string why, string where, string? remedy) =>
        new(RefusalCode.Unsupported, $"The meter rule of the contract is refused: {why}.")
        {
            Term = Property,
            Where = $"$['{Property}'].{where}",
            Remedy = remedy,
        };
}
