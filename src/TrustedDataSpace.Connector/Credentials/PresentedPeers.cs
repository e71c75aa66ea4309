using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>Callers of the Dataspace Protocol that prove themselves by what they present (DCP) instead of by an access token of the authority.</summary>
internal sealed class PresentedPeers(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, SelfIssuedTokens tokens, PresentationVerifier presentations)
    : SelfIssuedScheme(options, loggers, encoder, tokens)
{
    public const string SchemeName = "presented";

    private const int LongestHeader = 1024;

    /// <summary>Whether a bearer token says that it is a self-issued one. Nothing is proven by that: the one scheme or the other refuses what it is not.</summary>
    public static bool IsMeant(string? bearer)
    {
        if (bearer is null || bearer.IndexOf('.', StringComparison.Ordinal) is not (> 0 and < LongestHeader and var end) || !Base64Url.IsValid(bearer.AsSpan(0, end)))
        {
            return false;
        }

        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(bearer.AsSpan(0, end)));
            return header.RootElement.ValueKind == JsonValueKind.Object && header.RootElement.TryGetProperty("typ", out var type)
                && type.ValueKind == JsonValueKind.String && type.GetString()!.Equals(TokenTypes.Jwt, StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    protected override async Task AcceptAsync(SelfIssuedIdToken token, CancellationToken cancellation) =>
        Context.Features.Set(await presentations.VerifyAsync(token, cancellation));
}
