using System.Text.RegularExpressions;
using TrustedDataSpace.Authority.Bundles;
using TrustedDataSpace.Authority.Catalog;
using TrustedDataSpace.Authority.Clearing;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Authority.Tokens;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Authority;

/// <summary>What the authority of a space is told.</summary>
public sealed partial record AuthoritySettings : ServiceSettings
{
    /// <summary>Who may ask to join, and for how long membership is credited.</summary>
    public MembershipOptions Membership { get; init; } = new();

    /// <summary>Access tokens.</summary>
    public TokenOptions Tokens { get; init; } = new();

    /// <summary>The credentials that it issues.</summary>
    public CredentialOptions Credentials { get; init; } = new();

    /// <summary>The catalog of products.</summary>
    public CatalogOptions Catalog { get; init; } = new();

    /// <summary>The evidence log.</summary>
    public EvidenceOptions Evidence { get; init; } = new();

    /// <summary>Clearing of what was used.</summary>
    public ClearingOptions Clearing { get; init; } = new();

    /// <summary>The policies of the space.</summary>
    public PolicyOptions Policies { get; init; } = new();

    /// <inheritdoc/>
    public override IEnumerable<string> Problems() =>
        [.. base.Problems(), .. SpaceProblems(), .. Membership.Problems(), .. Tokens.Problems(), .. Credentials.Problems(), .. Catalog.Problems(), .. Evidence.Problems(), .. Policies.Problems(), .. Clearing.Problems()];

    private IEnumerable<string> SpaceProblems()
    {
        // The name stands in the first line of every checkpoint, where a space or a plus has a meaning of its own (C2SP signed-note).
        if (Space.Id.Length > 0 && !SpaceName().IsMatch(Space.Id))
        {
            yield return $"Space:Id '{Space.Id}' may have letters a-z, digits, '.', '_' and '-' only, 64 at most";
        }
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex SpaceName();
}
