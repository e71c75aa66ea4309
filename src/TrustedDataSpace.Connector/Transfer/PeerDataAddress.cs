using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>A data address that a peer gave (DSP §9.2.1), checked: where to pull, or where to push.</summary>
/// <param name="Endpoint">The address.</param>
/// <param name="Path">Its path below the endpoint that the peer has registered.</param>
/// <param name="Token">What to show there.</param>
/// <param name="Purpose">What a consumer declares that it uses pushed data for; empty: nothing declared.</param>
internal sealed record PeerDataAddress(string Endpoint, string Path, string Token, string Purpose)
{
    private const int LongestToken = 8 * 1024;

    /// <summary>Signs requests of the flow; null when the provider gave no key.</summary>
    public FlowSigner? Signer { get; init; }

    /// <summary>The address as it stands in a message, or null: without an endpoint and a token it is none that can be called.</summary>
    /// <exception cref="RefusalException">Malformed: it lies outside the peer's registered endpoint, or a property cannot be sent on.</exception>
    public static PeerDataAddress? Read(PeerRecord sender, DataAddress? given)
    {
        if (given?.Endpoint is not { } endpoint)
        {
            return null;
        }

        var path = PeerAddress.PathBelow(sender, endpoint, "dataAddress.endpoint");
        if (given.Property(DspConstants.AuthorizationProperty) is not { } token)
        {
            return null;
        }

        // It becomes a header.
        if (token.Length is 0 or > LongestToken || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new RefusalException(RefusalCode.Malformed, $"The token of the data address must have 1 to {LongestToken} visible ASCII characters.") { Where = "dataAddress.endpointProperties.authorization" };
        }

        return new PeerDataAddress(sender.Endpoint + path, path, token, DataHeaders.CheckedPurpose(given.Property(DspConstants.PurposeProperty) ?? ""));
    }

    /// <summary>The same where there must be one: without it nothing can be pushed.</summary>
    /// <exception cref="RefusalException">Malformed, or Unsupported: another kind of endpoint or token.</exception>
    public static PeerDataAddress ReadPush(PeerRecord sender, DataAddress given)
    {
        var authType = given.Property(DspConstants.AuthTypeProperty) ?? DspConstants.BearerAuthType;
        if (given.EndpointType != DspConstants.HttpEndpointType || !authType.Equals(DspConstants.BearerAuthType, StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusalException(RefusalCode.Unsupported, "Data is pushed over HTTP with a bearer token only.")
            {
                Where = "$.dataAddress",
                Remedy = $"Use endpointType {DspConstants.HttpEndpointType} and {DspConstants.AuthTypeProperty} {DspConstants.BearerAuthType}.",
            };
        }

        return Read(sender, given) ?? throw new RefusalException(RefusalCode.Malformed, $"The data address lacks its endpoint or the property '{DspConstants.AuthorizationProperty}'.")
        {
            Where = "$.dataAddress",
            Remedy = "Say where to push, and with which token.",
        };
    }

    /// <summary>Where to push. The endpoint that the consumer has registered may change: only the path below it is kept.</summary>
    public PushAddress ToPush() => new(Path, new Dictionary<string, string>(), Token);

    /// <summary>Redacted.</summary>
    public override string ToString() => Endpoint;
}
