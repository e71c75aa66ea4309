namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>A push transfer as this connector keeps it.</summary>
/// <param name="Transfer">This connector's process id.</param>
/// <param name="Flow">The provider's process id; null at a consumer whose request was not answered.</param>
/// <param name="Purpose">What the consumer has declared; empty: nothing.</param>
/// <param name="Address">Where data goes next.</param>
/// <param name="IsRunning">Provider: whether deliveries are due.</param>
/// <param name="Delivery">Provider: number of the next delivery, from 1.</param>
/// <param name="Attempts">Provider: how often that one has failed.</param>
/// <param name="FailingSince">Provider: when it failed first; null while it has not.</param>
/// <param name="IsFinite">Provider: whether the first delivery is the only one.</param>
internal sealed record Push(string Transfer, string? Flow, string Purpose, PushAddress Address, bool IsRunning, long Delivery, long Attempts, DateTimeOffset? FailingSince, bool IsFinite)
{
    /// <summary>
    /// Under which the delivery counts, at both connectors: when it is made again it is a retry (<see cref="Protocol.Metering.RetryRule"/>), and the sink can
    /// tell that it has seen it.
    /// </summary>
    public string Key => $"push:{Transfer}:{Delivery}";

    /// <summary>Whether there is nothing more to deliver.</summary>
    public bool IsExhausted => IsFinite && Delivery > 1;
}
