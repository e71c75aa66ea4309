using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The state of a transfer (DSP §9.3.1).</summary>
[DspType("TransferProcess")]
public sealed record TransferProcess : IDspMessage, IJsonOnDeserialized
{
    /// <summary>The provider's identifier of the transfer.</summary>
    public required string ProviderPid { get; init; }

    /// <summary>The consumer's identifier of the transfer.</summary>
    public required string ConsumerPid { get; init; }

    /// <summary>One of <see cref="TransferStates"/>.</summary>
    public required string State { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (!TransferStates.All.Contains(State))
        {
            throw new JsonException($"state must be one of {string.Join(", ", TransferStates.All)}");
        }
    }
}
