namespace TrustedDataSpace.Cli;

/// <summary>What <c>tds</c> tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Ok = 0;

    /// <summary>A step or a verification failed, or a service refused.</summary>
    public const int Failed = 1;

    /// <summary>Wrong use, or it cannot start.</summary>
    public const int CannotStart = 2;
}
