namespace TrustedDataSpace.Connector.Metering;

/// <summary>U+FEFF at the start of a text in UTF-8: it says how the text is written and is no part of it.</summary>
internal static class ByteOrderMark
{
    public static ReadOnlySpan<byte> Bytes => [0xEF, 0xBB, 0xBF];

    /// <summary>The text without it.</summary>
    public static ReadOnlySpan<byte> Strip(ReadOnlySpan<byte> text) => text.StartsWith(Bytes) ? text[Bytes.Length..] : text;
}
