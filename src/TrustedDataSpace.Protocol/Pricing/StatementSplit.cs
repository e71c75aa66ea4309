using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>One party's part of what is paid, tax apart.</summary>
public sealed record StatementSplit
{
    /// <summary>The platform's fee.</summary>
    public const string PlatformFee = "platformFee";

    /// <summary>A share of what the fee leaves.</summary>
    public const string Share = "share";

    /// <summary>What is billed for the data of a party.</summary>
    public const string Retrieved = "retrieved";

    /// <summary><see cref="Retrieved"/>, <see cref="PlatformFee"/> or <see cref="Share"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Who gets it.</summary>
    public required string Party { get; init; }

    /// <summary>The amount, with the decimals of the plan.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Amount { get; init; }
}
