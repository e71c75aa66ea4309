namespace TrustedDataSpace.Cli;

/// <summary>What was asked for cannot be begun. Says why and what to do; ends <c>tds</c> with exit code 2.</summary>
internal sealed class CannotStartException(string message, Exception? inner = null) : Exception(message, inner);
