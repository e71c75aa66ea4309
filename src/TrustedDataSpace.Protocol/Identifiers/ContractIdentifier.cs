using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TrustedDataSpace.Protocol.Identifiers;

/// <summary>
/// An identifier of a digital contract (TC609-6-2025-14, table B.3): kind 1, kind of the business node 1, its subject 18, area 4, time 14
/// (yyyyMMddHHmmss), random 8, check 1. The document names neither the first digit nor whether the sum runs over all 47 characters: here the digit
/// is <c>8</c> and it does.
/// </summary>
public sealed record ContractIdentifier
{
    /// <summary>Characters of an identifier.</summary>
    public const int Length = 47;

    private const char Kind = '8';
    private const string TimeForm = "yyyyMMddHHmmss";

    private ContractIdentifier(string value) => Value = value;

    /// <summary>The whole identifier.</summary>
    public string Value { get; }

    /// <summary>Whose business node made it: 18 characters.</summary>
    public string NodeSubject => Value[2..20];

    /// <summary>When it was made, in the node's own time.</summary>
    public DateTime Time => DateTime.ParseExact(Value.AsSpan(24, TimeForm.Length), TimeForm, CultureInfo.InvariantCulture);

    /// <summary>Reads an identifier; false if it is none, or its check character is wrong.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ContractIdentifier? identifier)
    {
        identifier = text is { Length: Length }
            && text[0] == Kind && text[1] is >= '1' and <= '4'
            && !text.AsSpan(20, 4).ContainsAnyExceptInRange('0', '9')
            && DateTime.TryParseExact(text.AsSpan(24, TimeForm.Length), TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            && CheckCharacter.Holds(text)
                ? new ContractIdentifier(text)
                : null;
        return identifier is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
