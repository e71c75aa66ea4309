using System.Text.Json;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>A credential as the operator sees it.</summary>
public sealed record IssuedCredential
{
    /// <summary>Its name, a URN.</summary>
    public required string Id { get; init; }

    /// <summary>Its type, such as <c>MembershipCredential</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Whom it is about.</summary>
    public required Did Holder { get; init; }

    /// <summary>What it says, an object.</summary>
    public required JsonElement Claims { get; init; }

    /// <summary>From when on it is valid; whole seconds.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>When it ends; whole seconds.</summary>
    public required DateTimeOffset ValidUntil { get; init; }

    /// <summary>One of <see cref="CredentialStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>Number of the status list in which it stands.</summary>
    public required long StatusList { get; init; }

    /// <summary>Its place there, from 0.</summary>
    public required long StatusIndex { get; init; }

    /// <summary>Why it stands as it does, as the operator wrote.</summary>
    public string? Reason { get; init; }
}

/// <summary>The states of a credential.</summary>
public static class CredentialStates
{
    /// <summary>It holds, until its end.</summary>
    public const string Active = "active";

    /// <summary>It does not hold now.</summary>
    public const string Suspended = "suspended";

    /// <summary>It ended for good.</summary>
    public const string Revoked = "revoked";
}

/// <summary>Orders a credential for a member.</summary>
public sealed record CredentialOrder
{
    /// <summary>The type.</summary>
    public required string Type { get; init; }

    /// <summary>The member.</summary>
    public required Did Holder { get; init; }

    /// <summary>What it says; must be absent where the register says it.</summary>
    public JsonElement? Claims { get; init; }

    /// <summary>When it ends, if earlier than the type allows.</summary>
    public DateTimeOffset? ValidUntil { get; init; }
}

/// <summary>Why the status of a credential is changed.</summary>
/// <param name="Reason">For the log, 400 characters at most; names no persons.</param>
public sealed record CredentialStep(string? Reason = null);

/// <summary>A kind of credential that the authority issues.</summary>
/// <param name="Type">The type.</param>
/// <param name="Title">For people.</param>
/// <param name="Source">Where its claims come from: <c>membership</c>, <c>organisation</c>, <c>operator</c>.</param>
/// <param name="Schema">The schema of its claims.</param>
public sealed record CredentialKind(string Type, string Title, string Source, JsonElement Schema);

/// <summary>Authorises one request for a credential beforehand.</summary>
public sealed record CredentialCodeOrder
{
    /// <summary>The type; one that the operator issues.</summary>
    public required string Type { get; init; }

    /// <summary>The member that may use the code; null: the first one that shows it.</summary>
    public Did? Holder { get; init; }

    /// <summary>What the credential will say.</summary>
    public required JsonElement Claims { get; init; }

    /// <summary>When the credential will end, if earlier than the type allows.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>How long the code is good: 3 days by default, 30 at most.</summary>
    public TimeSpan? Lifetime { get; init; }
}

/// <summary>A code, shown once.</summary>
/// <param name="Code">For the claim <c>pre-authorized_code</c> of the holder's request.</param>
/// <param name="Type">What can be asked for with it.</param>
/// <param name="EndsAt">When it is over.</param>
public sealed record CredentialCode(string Code, string Type, DateTimeOffset EndsAt);
