using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>The keys of one name at one moment of their rotation.</summary>
/// <param name="Current">The one that signs.</param>
/// <param name="First">The first one there ever was, while its private part is kept; else the current one.</param>
/// <param name="All">All of them, newest first.</param>
internal sealed record KeyRing(SigningKey Current, SigningKey First, IReadOnlyList<HeldKey> All)
{
    private readonly PublicKey[] unretired = [.. All.Where(key => key.AcceptedUntil is null).Select(key => key.Public)];
    private readonly DateTimeOffset lastEnd = All.Max(key => key.AcceptedUntil) ?? DateTimeOffset.MinValue;

    /// <summary>The one that is published and does not sign yet; null while no rotation is under way.</summary>
    public HeldKey? Next => All.FirstOrDefault(key => key.State == KeyRow.Next);

    /// <summary>Whether the signatures of the key of that name count now.</summary>
    public bool IsAccepted(string kid, DateTimeOffset now)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i] is var key && key.Public.Kid == kid)
            {
                return key.AcceptedUntil is not { } end || end > now;
            }
        }

        return false;
    }

    /// <summary>Keys whose signatures count now. Asked for at every request: nothing is allocated while no rotation is fresh.</summary>
    public IReadOnlyCollection<PublicKey> Accepted(DateTimeOffset now) => lastEnd <= now
        ? unretired
        : [.. All.Where(key => key.AcceptedUntil is not { } end || end > now).Select(key => key.Public)];
}

/// <summary>One key that the service has or had.</summary>
/// <param name="Public">Its public part.</param>
/// <param name="State"><c>current</c>, <c>next</c> or <c>retired</c>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="SignsFrom">Since when it signs, or from when on it will.</param>
/// <param name="AcceptedUntil">Until when its signatures count; null while no end is set.</param>
internal sealed record HeldKey(PublicKey Public, string State, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, DateTimeOffset? AcceptedUntil);
