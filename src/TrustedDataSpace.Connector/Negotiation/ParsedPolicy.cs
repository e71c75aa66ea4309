using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>
/// A policy as it was last parsed, beside its text in a record: parsing and hashing it again at each look costs more than the step that
/// looks. No part of the record's identity: all are equal.
/// </summary>
internal struct ParsedPolicy : IEquatable<ParsedPolicy>
{
    private (string Text, PolicyDocument Document)? last;

    /// <summary>The document of the text.</summary>
    public PolicyDocument Of(string text)
    {
        if (last is not { } known || !ReferenceEquals(known.Text, text))
        {
            last = known = (text, PolicyDocument.Parse(text));
        }

        return known.Document;
    }

    public readonly bool Equals(ParsedPolicy other) => true;

    public override readonly bool Equals(object? obj) => obj is ParsedPolicy;

    public override readonly int GetHashCode() => 0;
}
