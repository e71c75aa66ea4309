using System.Diagnostics.CodeAnalysis;

namespace TrustedDataSpace.Protocol.Identifiers;

/// <summary>What an identifier of NDI-TR-2025-04 names: the value is its first digit.</summary>
public enum NationalIdentifierKind
{
    /// <summary>全域功能节点.</summary>
    GlobalNode = 1,

    /// <summary>区域功能节点.</summary>
    RegionalNode = 2,

    /// <summary>行业功能节点.</summary>
    SectoralNode = 3,

    /// <summary>业务节点: the service platform of a space.</summary>
    BusinessNode = 4,

    /// <summary>接入连接器.</summary>
    Connector = 5,

    /// <summary>数据产品.</summary>
    DataProduct = 6,

    /// <summary>数据资源.</summary>
    DataResource = 7,
}

/// <summary>
/// An identifier of nodes, connectors, products and resources (NDI-TR-2025-04 标识要求): kind 1, subject 18, area or industry 4, random 8,
/// check 1; products and resources may go on with <c>•</c> and 1 to 32 further characters. It is assigned by a node, once and for ever:
/// this type reads and checks, it does not invent.
/// </summary>
public sealed record NationalIdentifier
{
    /// <summary>Characters without an extension.</summary>
    public const int Length = 32;

    private const int MostExtension = 32;
    private const char ExtensionMark = '•';

    private NationalIdentifier(string value) => Value = value;

    /// <summary>The whole identifier.</summary>
    public string Value { get; }

    /// <summary>What it names.</summary>
    public NationalIdentifierKind Kind => (NationalIdentifierKind)(Value[0] - '0');

    /// <summary>Whose it is: 18 characters; of an organisation its <see cref="CreditCode"/>.</summary>
    public string Subject => Value[1..19];

    /// <summary>Area (first four digits of GB/T 2260) or industry (<c>00</c> and two digits of GB/T 4754) of the node that assigned it.</summary>
    public string Area => Value[19..23];

    /// <summary>Whether the subject has the form of a credit code. Codes of persons and of others have another one.</summary>
    public bool HasCreditCode => CreditCode.IsValid(Subject);

    /// <summary>What follows the mark; null without an extension.</summary>
    public string? Extension => Value.Length > Length ? Value[(Length + 1)..] : null;

    /// <summary>Reads an identifier; false if it is none, or its check character is wrong.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out NationalIdentifier? identifier)
    {
        identifier = text is { Length: >= Length } && IsBody(text) && IsExtension(text.AsSpan(Length), text[0]) ? new NationalIdentifier(text) : null;
        return identifier is not null;
    }

    /// <summary>Puts an identifier together, with its check character.</summary>
    /// <param name="kind">What it names.</param>
    /// <param name="subject">18 digits and capital letters.</param>
    /// <param name="area">Four digits.</param>
    /// <param name="random">Eight digits and capital letters.</param>
    /// <exception cref="ArgumentException">A part has another form.</exception>
    public static NationalIdentifier Create(NationalIdentifierKind kind, string subject, string area, string random)
    {
        var body = $"{(int)kind}{subject}{area}{random}";
        return body.Length == Length - 1 && subject is { Length: CreditCode.Length } && area is { Length: 4 } && TryParse(body + CheckCharacter.Of(body), out var identifier)
            ? identifier
            : throw new ArgumentException("An identifier has a subject of 18 characters, an area of 4 digits and 8 further characters.", nameof(subject));
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool IsBody(string text) =>
        text[0] is >= '1' and <= '7' && !text.AsSpan(19, 4).ContainsAnyExceptInRange('0', '9') && CheckCharacter.Holds(text.AsSpan(0, Length));

    private static bool IsExtension(ReadOnlySpan<char> rest, char kind) =>
        rest.IsEmpty || (kind is '6' or '7' && rest[0] == ExtensionMark && rest.Length is >= 2 and <= 1 + MostExtension && !rest[1..].ContainsAny(ExtensionMark, ' '));
}
