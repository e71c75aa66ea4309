using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Json;

/// <summary>Turns the serializer's exception into a refusal that names the place and none of our type names.</summary>
public static class JsonRefusal
{
    /// <summary>Whether the fault is the document's: an unpaired surrogate shows as an invalid operation.</summary>
    internal static bool IsOfDocument(Exception e) => e is JsonException or InvalidOperationException;

    internal static RefusalException From(Exception e) => From(e as JsonException ?? new JsonException("a text holds an unpaired surrogate", e));

    /// <summary>Malformed, with the place.</summary>
    public static RefusalException From(JsonException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var where = string.IsNullOrEmpty(e.Path) ? "$" : e.Path;
        return new RefusalException(RefusalCode.Malformed, $"The JSON document is not as required at {where}: {Describe(e)}.", e)
        {
            Where = where,
            Remedy = "Send JSON as the specification of this message describes it.",
        };
    }

    private static string Describe(JsonException e)
    {
        const string missing = "missing required properties including: ";
        var message = e.Message;
        var at = message.IndexOf(missing, StringComparison.Ordinal);
        if (at >= 0)
        {
            return "missing " + message[(at + missing.Length)..].Split(" Path:")[0].TrimEnd('.');
        }

        // The message of the serializer would name our types to a stranger.
        if (message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal))
        {
            return (message.Split('\'') is [_, var name, _, ..] ? $"'{name}'" : "a property") + " is not known there, and nothing is passed over";
        }

        if (message.Contains("could not be converted", StringComparison.Ordinal))
        {
            return "the value is of the wrong type";
        }

        if (message.Contains("could not be serialized", StringComparison.Ordinal))
        {
            return "a text holds an unpaired surrogate";
        }

        if (message.Contains("doesn't allow setting null", StringComparison.Ordinal) || message.Contains("nullable", StringComparison.Ordinal))
        {
            return "the value must not be null";
        }

        return message.Split(" Path:")[0].Split(" LineNumber:")[0].Split(" encountered during deserialization")[0].TrimEnd('.');
    }
}
