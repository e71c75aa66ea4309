using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>The names of self-issued ID tokens that were used and could be shown again: each counts once (DCP §4.3.3).</summary>
/// <remarks>
/// The names are in memory. What survives a restart is, for each sender, when the newest of its used tokens was made: what it made until then may have
/// been used, and is refused. So is whatever was made before this process started.
/// </remarks>
public sealed class UsedTokens(Database database, TimeProvider clock)
{
    // One more is refused, not forgotten.
    private const int MostKept = 200_000;

    // Of one sender: nobody takes the place of the others.
    private const int MostOfOne = 20_000;

    // Longer than any token is valid: what was made before is over.
    private const long LongestLife = 3_600;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Sender> bySender = new(StringComparer.Ordinal);
    private readonly long since = clock.GetUtcNow().ToUnixTimeSeconds();
    private int count;
    private long swept;

    /// <summary>Uses a token up. Called once all else is proven, so that strangers fill no memory. Returns when that is durable.</summary>
    /// <param name="sender">Who made it.</param>
    /// <param name="id">Its name, <c>jti</c>.</param>
    /// <param name="issued">When it was made.</param>
    /// <param name="forgotten">From when on it is refused anyway.</param>
    /// <exception cref="RefusalException">Unauthenticated: it was used before, or may have been; or too many are under way.</exception>
    public async ValueTask UseAsync(string sender, string id, DateTimeOffset issued, DateTimeOffset forgotten)
    {
        var made = issued.ToUnixTimeSeconds();
        if (made < since)
        {
            throw Refuse("iat", "it was made before this service started, which cannot know whether it was used");
        }

        var known = Find(sender) ?? await LoadAsync(sender);

        // The clock of its sender may be ahead of ours.
        if (made <= known.Before)
        {
            throw Refuse("iat", "it is no younger than one that was used before this service started, and may have been used, too");
        }

        Note(known, id, made, forgotten);
        if (made > Volatile.Read(ref known.Latest))
        {
            await RaiseAsync(sender, known, made);
        }
    }

    /// <summary>The same for what is only ever shown in answer to a question of this process.</summary>
    /// <exception cref="RefusalException">Unauthenticated: it was used before; or too many are under way.</exception>
    public void Use(string sender, string id, DateTimeOffset forgotten) => Note(Find(sender) ?? Add(sender, new Sender(-1)), id, 0, forgotten);

    private Sender? Find(string sender)
    {
        lock (gate)
        {
            return bySender.GetValueOrDefault(sender) is { IsLoaded: true } known ? known : null;
        }
    }

    private Sender Add(string sender, Sender added)
    {
        lock (gate)
        {
            if (!bySender.TryGetValue(sender, out var present))
            {
                return bySender[sender] = added;
            }

            if (added.IsLoaded && !present.IsLoaded)
            {
                present.Load(added.Before);
            }

            return present;
        }
    }

    private async Task<Sender> LoadAsync(string sender) => Add(sender, new Sender(await database.WriteAsync(unit => unit.Find<long?>(
        "SELECT latest FROM used_tokens WHERE space_id = @Space AND sender = @sender", new { unit.Space, sender })) ?? 0));

    private void Note(Sender known, string id, long made, DateTimeOffset forgotten)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        lock (gate)
        {
            known.Newest = Math.Max(known.Newest, Math.Max(now, made));
            Sweep(now);
            if (count >= MostKept || known.Used.Count >= MostOfOne)
            {
                throw Refuse("jti", "too many tokens are under way");
            }

            if (!known.Used.TryAdd(id, forgotten.ToUnixTimeSeconds() + 1))
            {
                throw Refuse("jti", "it was used before");
            }

            count++;
        }
    }

    private async Task RaiseAsync(string sender, Sender known, long made)
    {
        await database.WriteAsync(unit =>
        {
            unit.Execute("DELETE FROM used_tokens WHERE space_id = @Space AND latest < @Oldest", new { unit.Space, Oldest = unit.Now.ToUnixTimeSeconds() - LongestLife });
            unit.Execute(
                """
                INSERT INTO used_tokens (space_id, sender, latest) VALUES (@Space, @sender, @made)
                ON CONFLICT (space_id, sender) DO UPDATE SET latest = excluded.latest WHERE excluded.latest > used_tokens.latest
                """,
                new { unit.Space, sender, made });
        });
        lock (gate)
        {
            known.Latest = Math.Max(known.Latest, made);
        }
    }

    // Not at each call: that would cost as much as there are tokens.
    private void Sweep(long now)
    {
        if (now - swept is >= 0 and < 10)
        {
            return;
        }

        swept = now;
        foreach (var (sender, known) in bySender.ToList())
        {
            foreach (var old in known.Used.Where(entry => entry.Value < now).Select(entry => entry.Key).ToList())
            {
                known.Used.Remove(old);
                count--;
            }

            // Not sooner: what this process itself has used would be taken for what the one before has.
            if (known.Used.Count == 0 && known.Newest + LongestLife < now)
            {
                bySender.Remove(sender);
            }
        }
    }

    private static RefusalException Refuse(string term, string why) =>
        new(RefusalCode.Unauthenticated, $"The self-issued ID token is refused, {term}: {why}.") { Term = term, Remedy = "make a new token for each request (DCP §4.3)" };

    private sealed class Sender(long before)
    {
        /// <summary>When the newest was made of those that were used before this process started; -1: not looked up.</summary>
        public long Before { get; private set; } = before;

        public bool IsLoaded => Before >= 0;

        /// <summary>The same of this process, as far as it is durable.</summary>
        public long Latest = before;

        /// <summary>When it was last heard of.</summary>
        public long Newest { get; set; }

        public Dictionary<string, long> Used { get; } = new(StringComparer.Ordinal);

        public void Load(long before) => (Before, Latest) = (before, Math.Max(Latest, before));
    }
}
