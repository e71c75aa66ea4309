using System.Globalization;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Delivery;

/// <summary>A condition on one column of a row.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RowCondition
{
    /// <summary>Name of the column, as in the header line.</summary>
    public required string Column { get; init; }

    /// <summary><c>eq</c> and <c>neq</c> compare text; <c>gteq</c>, <c>gt</c>, <c>lteq</c>, <c>lt</c> compare decimal numbers.</summary>
    public required string Operator { get; init; }

    /// <summary>What the column is compared with.</summary>
    public required string Value { get; init; }

    /// <summary>Whether the row is delivered, as far as this condition goes. A text where a number belongs does not hold: in doubt nothing is delivered.</summary>
    public bool Holds(string text) => Operator switch
    {
        "eq" => text == Value,
        "neq" => text != Value,
        _ => Number(text) is { } left && Number(Value) is { } right && Compare(left, right),
    };

    internal void Check(string where)
    {
        if (Column.Length == 0)
        {
            throw DeliveryRule.Unsupported("a condition names no column", where + ".column", null);
        }

        if (Operator is not ("eq" or "neq" or "gteq" or "gt" or "lteq" or "lt"))
        {
            throw DeliveryRule.Unsupported($"the operator \"{Operator}\" is unknown", where + ".operator", "Use eq, neq, gteq, gt, lteq or lt.");
        }

        if (Operator is not ("eq" or "neq") && Number(Value) is null)
        {
            throw DeliveryRule.Unsupported($"\"{Value}\" is not a decimal number", where + ".value", null);
        }
    }

    private bool Compare(decimal left, decimal right) => Operator switch
    {
        "gteq" => left >= right,
        "gt" => left > right,
        "lteq" => left <= right,
        "lt" => left < right,
        _ => false,
    };

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
}
