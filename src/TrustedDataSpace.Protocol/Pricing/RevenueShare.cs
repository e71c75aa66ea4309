namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>A party's share of revenue.</summary>
/// <param name="Party">Who gets it: a DID, or a name that the parties to the agreement understand.</param>
/// <param name="Rate">The share, from 0 to 1.</param>
public sealed record RevenueShare(string Party, decimal Rate);
