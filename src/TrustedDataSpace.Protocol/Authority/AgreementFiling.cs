using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>An agreement, for filing at the authority.</summary>
public sealed record AgreementFiling
{
    /// <summary>The identifier of the agreement.</summary>
    public required string AgreementId { get; init; }

    /// <summary>Who grants.</summary>
    public required Did Provider { get; init; }

    /// <summary>To whom it is granted.</summary>
    public required Did Consumer { get; init; }

    /// <summary>The data product.</summary>
    public required string ProductId { get; init; }

    /// <summary>The hash of the agreement, as <see cref="PolicyDocument.Hash"/> makes it; the authority makes it again.</summary>
    public required string Hash { get; init; }

    /// <summary>The agreement as both parties have it.</summary>
    public required PolicyDocument Agreement { get; init; }

    /// <summary>When it was finalized.</summary>
    public required DateTimeOffset SignedAt { get; init; }
}
