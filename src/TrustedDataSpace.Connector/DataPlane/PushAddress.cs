using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Where pushed data goes next. Kept sealed.</summary>
/// <param name="Url">At the consumer its sink; at the provider the path below the consumer's registered endpoint.</param>
/// <param name="Headers">The sink's credentials; none at the provider.</param>
/// <param name="Token">What the provider's connector shows to the consumer's.</param>
internal sealed record PushAddress(string Url, IReadOnlyDictionary<string, string> Headers, string Token)
{
    private const string TokenPrefix = "tds_push_";

    /// <summary>A consumer's sink, with a new token for the provider.</summary>
    public static PushAddress Of(PushSink sink) => new(sink.Url, sink.Headers, SecretHashes.Create(TokenPrefix));

    /// <summary>The same sink with another token: the one before opens nothing any more.</summary>
    public PushAddress Renewed() => this with { Token = SecretHashes.Create(TokenPrefix) };

    /// <summary>Redacted.</summary>
    public override string ToString() => Url;
}
