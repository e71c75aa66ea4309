using System.Diagnostics.CodeAnalysis;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>The kinds of Rego values, in the order in which Rego sorts them.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "These are the names of the types in Rego.")]
public enum RegoKind
{
    /// <summary>The value <c>null</c>.</summary>
    Null,

    /// <summary><c>false</c> before <c>true</c>.</summary>
    Boolean,

    /// <summary>A number of any size.</summary>
    Number,

    /// <summary>Text, compared by code point.</summary>
    String,

    /// <summary>An ordered list.</summary>
    Array,

    /// <summary>A map whose keys may be any value.</summary>
    Object,

    /// <summary>An unordered collection without duplicates.</summary>
    Set,
}
