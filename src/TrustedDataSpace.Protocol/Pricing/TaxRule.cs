namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>The tax that is added to what is to be paid.</summary>
/// <param name="Name">Its name on the statement.</param>
/// <param name="Rate">The rate, from 0 to 1.</param>
public sealed record TaxRule(string Name, decimal Rate);
