using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>Decisions that allowed the use of an interval, with all that is needed to take them again.</summary>
public sealed record AllowView
{
    /// <summary>The entry of the evidence (<see cref="EvidenceKinds.UsageDecided"/>). Each of its <c>data.decisions</c> has the commitment to its question.</summary>
    public required EvidenceEntry Entry { get; init; }

    /// <summary>Those whose questions are kept.</summary>
    public required IReadOnlyList<AllowedDecision> Decisions { get; init; }

    /// <summary>The policies by their revisions, each an OPA bundle (<c>.tar.gz</c>) in base64; a revision that is not here is not kept.</summary>
    public required IReadOnlyDictionary<string, string> Policies { get; init; }
}

/// <summary>A decision with its question.</summary>
public sealed record AllowedDecision
{
    /// <summary>The commitment, as the evidence has it.</summary>
    public required string Commitment { get; init; }

    /// <summary>Revision of the policies that decided.</summary>
    public required string Revision { get; init; }

    /// <summary>Salt of the commitment, base64.</summary>
    public required string Salt { get; init; }

    /// <summary>The document <c>input</c> as the policies read it, UTF-8 JSON in base64.</summary>
    public required string Question { get; init; }

    /// <summary>Until when it is kept, unless the decision is used again.</summary>
    public required DateTimeOffset KeptUntil { get; init; }
}
