using System.Collections.Concurrent;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>Where peers are, from the authority's register.</summary>
internal sealed class AuthorityDirectory(AuthorityClient authority, TimeProvider clock) : IPeerDirectory
{
    // How long a suspended participant can still be called. What it calls itself ends with its access token.
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<string, (PeerRecord Record, DateTimeOffset At)> kept = new();

    /// <inheritdoc/>
    public async ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation)
    {
        // A clock that was set back makes nothing fresh again.
        if (kept.TryGetValue(did, out var known) && clock.GetUtcNow() - known.At is var age && age >= TimeSpan.Zero && age < Freshness)
        {
            return known.Record;
        }

        var found = await LookUpAsync(Did.Parse(did), cancellation);
        if (found.State != ParticipantStates.Active)
        {
            kept.TryRemove(did, out _);
            throw new RefusalException(RefusalCode.Forbidden, $"{did} is not an active participant of the space: it is {found.State}.");
        }

        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }

        var record = new PeerRecord(
            found.Id.Value, found.Name, found.Endpoint.AbsoluteUri.TrimEnd('/'), found.State, PublicKey.FromJwk(found.Key), found.Region, found.Roles)
        {
            FormerKeys = [.. found.FormerKeys.Where(former => former.AcceptedUntil > clock.GetUtcNow()).Select(former => PublicKey.FromJwk(former.Key))],
        };
        kept[did] = (record, clock.GetUtcNow());
        return record;
    }

    private async Task<Participant> LookUpAsync(Did did, CancellationToken cancellation)
    {
        try
        {
            return await authority.ParticipantAsync(did.Value, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.NotFound)
        {
            throw new RefusalException(RefusalCode.NotFound, $"{did} is no participant of this space.", refusal);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unavailable)
        {
            // Not let through meanwhile: whoever was suspended would have to cut this connector off only.
            throw new RefusalException(RefusalCode.Unavailable, $"Nobody can tell now whether {did} is a member: {refusal.Message}", refusal)
            {
                Where = "authority",
                Remedy = refusal.Remedy ?? "try again when the authority of the space answers",
            };
        }
    }
}
