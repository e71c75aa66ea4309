using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Events;

/// <summary>A place in the order of events. It need not be that of an event: what was seen and what comes is on either side of it.</summary>
internal static class EventPosition
{
    /// <summary>Before the first event.</summary>
    public const string Beginning = "";

    private const int Length = 32;

    /// <summary>Reads the id of an event, or <c>0</c>.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static string Read(string text, string where) => text == "0"
        ? Beginning
        : text.Length == Length && text.All(char.IsAsciiHexDigitLower)
            ? text
            : throw new RefusalException(RefusalCode.Malformed, $"'{where}' is no id of an event.") { Where = where, Remedy = "send the id of the event that you have seen last, or 0 to begin with the first" };
}
