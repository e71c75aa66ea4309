using System.Diagnostics.CodeAnalysis;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>Base64 with one spelling for each value: padded, no white space, no stray bits.</summary>
internal static class StrictBase64
{
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var buffer = new byte[text.Length];
        bytes = Convert.TryFromBase64String(text, buffer, out var written) ? buffer[..written] : null;
        // Decoding passes over white space and unused bits: only what encodes to the same text is accepted.
        if (bytes is null || Convert.ToBase64String(bytes) != text)
        {
            bytes = null;
        }

        return bytes is not null;
    }
}
