namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>How a flow ended, or paused.</summary>
internal enum FlowEnd
{
    /// <summary>The transfer was completed.</summary>
    Completed,

    /// <summary>The transfer was suspended; it may be opened again.</summary>
    Suspended,

    /// <summary>The transfer was terminated.</summary>
    Terminated,
}

/// <summary>The provider's side of a flow, as the gate sees it for each request.</summary>
/// <param name="Id">The provider's process id of the transfer.</param>
/// <param name="AgreementId">The agreement under which data flows.</param>
/// <param name="Consumer">The only participant whose requests are let through.</param>
/// <param name="End">Null while it is open.</param>
/// <param name="Reason">Why it is not open.</param>
/// <param name="Stop">Its end.</param>
internal sealed record ProviderFlow(string Id, string AgreementId, string Consumer, FlowEnd? End, string? Reason, FlowStop Stop)
{
    /// <summary>Answers about its requests that may still hold.</summary>
    public DecisionCache Decisions { get; } = new();

    /// <summary>What is the same in all questions about its requests.</summary>
    public StandingQuestion Standing { get; } = new();

    /// <summary>What happens in it.</summary>
    public FlowActivity Activity { get; } = new();
}

/// <summary>The consumer's side of an open flow.</summary>
/// <param name="Id">The provider's process id of the transfer.</param>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Provider">The provider's DID.</param>
/// <param name="Endpoint">The provider's data endpoint, from the start message; empty when the provider pushes.</param>
/// <param name="Token">The access token, from the start message or renewed since; empty when the provider pushes.</param>
/// <param name="Signer">Signs its requests; null when the provider has given no key.</param>
/// <param name="Stop">Its end.</param>
internal sealed record ConsumerFlow(string Id, string AgreementId, string Provider, string Endpoint, string Token, FlowSigner? Signer, FlowStop Stop)
{
    /// <summary>Redacted: a record's own text would show the token in a log.</summary>
    public override string ToString() => $"flow {Id} to {Endpoint}";
}
