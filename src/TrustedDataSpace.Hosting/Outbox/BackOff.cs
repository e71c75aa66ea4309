using System.Security.Cryptography;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>How long is waited before something that failed is tried again.</summary>
public static class BackOff
{
    /// <summary>The pause: doubled with each failure, up to the longest, and up to half of it more by chance, so that those who failed together do not come back together.</summary>
    /// <param name="failures">Failures before this one.</param>
    /// <param name="first">After the first failure.</param>
    /// <param name="longest">Never more, but for the part by chance.</param>
    public static TimeSpan After(long failures, TimeSpan first, TimeSpan longest)
    {
        var doubled = first * Math.Pow(2, Math.Min(failures, 30));
        var pause = doubled < longest ? doubled : longest;
        return pause + (pause * (RandomNumberGenerator.GetInt32(0, 500) / 1000.0));
    }
}
