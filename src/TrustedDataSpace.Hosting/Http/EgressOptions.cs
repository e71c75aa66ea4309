namespace TrustedDataSpace.Hosting.Http;

/// <summary>Which addresses the service may call on behalf of what a peer said.</summary>
public sealed record EgressOptions
{
    /// <summary>Allow loopback, private and link-local addresses. Default false; a space on one machine or one network sets it.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>
    /// PEM file with the certificate authorities to trust at calls to other services, instead of the system's: for a space with an
    /// authority of its own. Default null: the system's.
    /// </summary>
    public string? TrustedCertificates { get; init; }

    /// <summary>Longest wait for a connection. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait for a whole answer of a control interface. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest answer of a control interface, bytes. Default 4 MiB.</summary>
    public int MaxAnswerBytes { get; init; } = 4 << 20;
}
