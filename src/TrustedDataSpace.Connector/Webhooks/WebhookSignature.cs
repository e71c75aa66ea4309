using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>Signatures as the specification "Standard Webhooks" 1.0 has them (symmetric, <c>v1</c>).</summary>
internal static class WebhookSignature
{
    public const string Id = "webhook-id";
    public const string Timestamp = "webhook-timestamp";
    public const string Signature = "webhook-signature";

    private const string Prefix = "whsec_";
    private const int SecretBytes = 32;

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>Value of the signature header: one signature for each secret, separated by spaces.</summary>
    /// <param name="secrets">As <see cref="NewSecret"/> makes them.</param>
    /// <param name="id">Value of <see cref="Id"/>.</param>
    /// <param name="at">Value of <see cref="Timestamp"/>: Unix seconds.</param>
    /// <param name="body">The body as it is sent.</param>
    public static string Sign(IEnumerable<string> secrets, string id, long at, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at}.")), .. body];
        return string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[Prefix.Length..]), signed))));
    }
}
