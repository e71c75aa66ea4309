namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>The connector under test did not do what the test asks of it.</summary>
internal sealed class KitFailureException(string message) : Exception(message);
