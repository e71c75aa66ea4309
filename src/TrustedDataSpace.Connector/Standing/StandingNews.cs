using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Connector.Standing;

/// <summary>What follows from the authority's word: what was known of participants, of the status of credentials and of issuers is looked up anew, and so is all that flows.</summary>
internal sealed class StandingNews(AuthorityDirectory directory, StatusLists statuses, SpaceTrust trust, TrustListFollower trustLists, RunningUses running)
{
    /// <summary>The change up to which this process has followed.</summary>
    public long? Followed { get; private set; }

    /// <summary>Takes an epoch, verified.</summary>
    public void Take(StandingEpoch epoch)
    {
        // One that begins behind what was followed leaves something out; one that ends before it is of a register that was restored.
        var isWhole = epoch.From is { } from && from <= Followed && epoch.To >= Followed;
        var hasNews = !isWhole || epoch.Changed.Count > 0;
        if (Followed is null)
        {
            directory.Begin();
        }
        else if (hasNews)
        {
            directory.Forget(isWhole ? epoch.Changed : null);
        }

        Followed = epoch.To;
        directory.Confirm(epoch.IssuedAt);
        var isRevoked = statuses.Tell(epoch.Status);
        var isTrusted = trust.Tell(epoch.Trust);
        if (isTrusted)
        {
            trustLists.Wake();
        }

        if (hasNews || isRevoked || isTrusted)
        {
            running.LookAgain();
        }
    }
}
