namespace TrustedDataSpace.Protocol.Errors;

/// <summary>The one error of the control plane: what was refused, which term failed, and what would satisfy it.</summary>
public sealed class RefusalException : Exception
{
    /// <summary>Refuses with a message that the asker may read.</summary>
    public RefusalException(RefusalCode code, string message, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
    }

    /// <summary>The kind of refusal.</summary>
    public RefusalCode Code { get; }

    /// <summary>The term, claim or parameter that failed, for example <c>permission[0].constraint[1]</c> or <c>aud</c>.</summary>
    public string? Term { get; init; }

    /// <summary>The place in the refused document, as a JSON path or a line.</summary>
    public string? Where { get; init; }

    /// <summary>What the asker can do about it.</summary>
    public string? Remedy { get; init; }

    /// <summary>Whether the same may be allowed in a moment, because the refusing side is not done with what came before.</summary>
    public bool MayPass { get; init; }

    /// <summary>Whether the same may be allowed one day, because a membership is suspended and no more than that.</summary>
    public bool IsForNow { get; init; }

    /// <summary>Every term that failed, when there were several.</summary>
    public IReadOnlyList<RefusalReason> Reasons { get; init; } = [];
}
