using System.Diagnostics.CodeAnalysis;

namespace TrustedDataSpace.Policy;

/// <summary>
/// A question as engines take it: one JSON object. Members that many questions have in common can be prepared (<see cref="CommonMembers"/>),
/// so that an engine in this process reads only the others each time; an engine that asks somebody else gets one text. Good until the call
/// that it is given to is over: whoever keeps it keeps <see cref="ToJson"/>.
/// </summary>
[SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "Never compared.")]
public readonly struct EngineQuestion
{
    private readonly CommonMembers? common;
    private readonly ReadOnlyMemory<byte> own;

    /// <summary>A question that has nothing prepared.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    public EngineQuestion(ReadOnlyMemory<byte> json) => own = json;

    /// <summary>A question of members in common and members of its own.</summary>
    /// <param name="common">Prepared.</param>
    /// <param name="own">UTF-8 JSON of an object, with its braces as first and last bytes. A member that is in both counts as it is here.</param>
    /// <exception cref="ArgumentException">It is no object.</exception>
    public EngineQuestion(CommonMembers common, ReadOnlyMemory<byte> own)
    {
        ArgumentNullException.ThrowIfNull(common);
        if (own.Span is not [(byte)'{', .., (byte)'}'])
        {
            throw new ArgumentException("The members of a question are a JSON object.", nameof(own));
        }

        (this.common, this.own) = (common, own);
    }

    internal CommonMembers? Common => common;

    internal ReadOnlyMemory<byte> Own => own;

    /// <summary>A question that has nothing prepared.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    public static implicit operator EngineQuestion(ReadOnlyMemory<byte> json) => new(json);

    /// <summary>A question that has nothing prepared.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    public static implicit operator EngineQuestion(byte[] json) => new(json);

    /// <summary>The question as one text. Where members are prepared, it is put together for each call.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        if (common is null)
        {
            return own;
        }

        var first = common.Json.Span[..^1];
        var rest = own.Span[1..];
        var isOnly = rest.TrimStart(" \t\r\n"u8) is [(byte)'}'] || common.IsEmpty;
        var text = new byte[first.Length + rest.Length + (isOnly ? 0 : 1)];
        first.CopyTo(text);
        rest.CopyTo(text.AsSpan(text.Length - rest.Length));
        if (!isOnly)
        {
            text[first.Length] = (byte)',';
        }

        return text;
    }
}
