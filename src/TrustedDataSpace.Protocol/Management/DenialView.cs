using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Protocol.Management;

/// <summary>A denial with all that is needed to decide it again.</summary>
public sealed record DenialView
{
    /// <summary>The entry of the evidence. Its <c>data.question</c> is the commitment to the question (<see cref="Commitment"/>).</summary>
    public required EvidenceEntry Entry { get; init; }

    /// <summary>Revision of the policies that decided.</summary>
    public required string Revision { get; init; }

    /// <summary>Salt of the commitment, base64.</summary>
    public required string Salt { get; init; }

    /// <summary>The document <c>input</c> as the policies read it, UTF-8 JSON in base64: the commitment is over these bytes.</summary>
    public required string Question { get; init; }

    /// <summary>Until when the question is kept.</summary>
    public required DateTimeOffset KeptUntil { get; init; }

    /// <summary>The policies, an OPA bundle (<c>.tar.gz</c>) in base64; null when they are not kept: an OPA server has decided, or their time is over.</summary>
    public string? Policies { get; init; }
}
