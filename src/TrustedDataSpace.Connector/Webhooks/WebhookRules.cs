using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Events;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>What a web-hook must say. All problems are told at once.</summary>
internal static class WebhookRules
{
    public const int LongestUrl = 2048;

    /// <exception cref="RefusalException">Malformed, with every problem.</exception>
    public static void Check(WebhookDefinition webhook) => Refusals.ThrowIfAny("web-hook", [.. Url(webhook.Url), .. EventFilter.Problems(webhook.Kinds, "kinds")]);

    // The address is the participant's own choice, as that of a source: it may lie in a private network. What it is sent must not be readable on the way.
    private static IEnumerable<RefusalReason> Url(string text)
    {
        if (text.Length > LongestUrl || !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
        {
            yield return new("invalid_url", "url", $"it is neither an https:// address nor http:// on loopback, or longer than {LongestUrl} characters", "send for example https://events.example/tds");
        }
        else if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            yield return new("invalid_url", "url", "it has credentials or a fragment", "leave them out: deliveries are proven by their signature");
        }
    }
}
