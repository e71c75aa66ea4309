using System.Text.Json;
using TrustedDataSpace.Connector.Identity;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>One question to the policy engine: who wants what, under which terms.</summary>
internal sealed record PolicyQuestion
{
    public required PolicyStage Stage { get; init; }

    public required Peer Subject { get; init; }

    public required CompiledTerms Terms { get; init; }

    public required ProductFacts Product { get; init; }

    /// <summary>Declared purpose; null where none is declared yet (catalog, negotiation).</summary>
    public string? Purpose { get; init; }

    /// <summary>Counters including what this request reserved; null before a request.</summary>
    public UsageFacts? Usage { get; init; }

    /// <summary>Only at stage request.</summary>
    public RequestFacts? Request { get; init; }

    /// <summary>Whether the authority has filed the agreement. Without meaning for an offer.</summary>
    public bool Filed { get; init; }

    /// <summary><c>active</c> or <c>ended</c>. Without meaning for an offer.</summary>
    public string AgreementState { get; init; } = "";
}

/// <summary>An offer or agreement in the form that decisions are taken on.</summary>
/// <param name="PolicyId">Its <c>@id</c>.</param>
/// <param name="Hash">Hash of the ODRL document it was compiled from.</param>
/// <param name="Document">Compiled document: data, never Rego source.</param>
internal sealed record CompiledTerms(string PolicyId, string Hash, JsonElement Document);

/// <summary>What policy may know of a product.</summary>
internal sealed record ProductFacts(string Id, string Classification);

/// <summary>Counters.</summary>
internal sealed record UsageFacts(long Count);

/// <summary>The request, canonicalised once: the source gets the same string.</summary>
internal sealed record RequestFacts(string Method, string Path);
