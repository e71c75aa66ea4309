using System.Globalization;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Headers between the two connectors (and, for the purpose, from the application).</summary>
internal static class DataHeaders
{
    /// <summary>The declared purpose of a request.</summary>
    public const string Purpose = "Tds-Purpose";

    /// <summary>In an answer: <c>INTERVAL/SEQUENCE</c>, the provider's number of this use. Both connectors count under it.</summary>
    public const string Usage = "Tds-Usage";

    /// <summary>Writes the number of a use.</summary>
    public static string FormatUsage(long interval, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{interval}/{sequence}");

    /// <summary>Reads the number of a use.</summary>
    public static bool TryParseUsage(string? text, out long interval, out long sequence)
    {
        sequence = 0;
        var parts = (text ?? "").Split('/');
        return long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out interval)
            && parts.Length == 2
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out sequence)
            && interval > 0
            && sequence > 0;
    }
}
