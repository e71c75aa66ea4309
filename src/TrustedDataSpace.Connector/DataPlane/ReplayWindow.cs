namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What became of a nonce.</summary>
internal enum NonceVerdict
{
    /// <summary>Never seen before, and noted.</summary>
    Fresh,

    /// <summary>Used before.</summary>
    Replayed,

    /// <summary>So far behind the others of its session that nobody can tell whether it was used.</summary>
    TooOld,
}

/// <summary>
/// Remembers the nonces of one flow: per session of the consumer a bitmap that slides with the highest number (RFC 4303 §3.4.3). A
/// session is forgotten when everything that was signed in it is too old to be accepted anyway, or when too many others came after it;
/// in both cases nothing that was created before counts for an unknown session, so that forgetting opens no door.
/// </summary>
/// <param name="lifetimeSeconds">How long after <c>created</c> a signature may be accepted, seconds.</param>
internal sealed class ReplayWindow(long lifetimeSeconds)
{
    /// <summary>How many numbers behind the highest are told apart.</summary>
    public const int Width = 65_536;

    /// <summary>Most sessions at once: one per process of the consumer and start of it.</summary>
    public const int MostSessions = 32;

    private readonly Lock gate = new();
    private readonly List<Session> sessions = [];

    // Nothing of an unknown session that was created then or before is fresh.
    private long forgottenUpTo = long.MinValue;

    /// <summary>Notes the nonce of a request whose signature was verified.</summary>
    /// <param name="session">Session of the consumer.</param>
    /// <param name="sequence">Number in it.</param>
    /// <param name="created">When it was signed, seconds since 1970.</param>
    /// <param name="now">Seconds since 1970.</param>
    public NonceVerdict Take(ulong session, ulong sequence, long created, long now)
    {
        lock (gate)
        {
            return (Find(session) ?? Open(session, sequence, created, now)) is { } known ? known.Take(sequence, created) : NonceVerdict.TooOld;
        }
    }

    private Session? Find(ulong id)
    {
        foreach (var session in sessions)
        {
            if (session.Id == id)
            {
                return session;
            }
        }

        return null;
    }

    private Session? Open(ulong id, ulong sequence, long created, long now)
    {
        for (var i = sessions.Count - 1; i >= 0; i--)
        {
            if (sessions[i].LastCreated < now - lifetimeSeconds)
            {
                Forget(i);
            }
        }

        if (created <= forgottenUpTo)
        {
            return null;
        }

        if (sessions.Count == MostSessions)
        {
            var oldest = 0;
            for (var i = 1; i < sessions.Count; i++)
            {
                oldest = sessions[i].LastCreated < sessions[oldest].LastCreated ? i : oldest;
            }

            Forget(oldest);
            if (created <= forgottenUpTo)
            {
                return null;
            }
        }

        var opened = new Session(id, sequence);
        sessions.Add(opened);
        return opened;
    }

    private void Forget(int index)
    {
        forgottenUpTo = Math.Max(forgottenUpTo, sessions[index].LastCreated);
        sessions.RemoveAt(index);
    }

    // Most flows see few requests: the bitmap begins small and doubles, so that it loses nothing until it has its full width.
    private sealed class Session
    {
        private const int FirstWidth = 1024;

        private ulong[] used = new ulong[FirstWidth / 64];
        private ulong highest;

        // What came before is not told apart. At first a little below the first one: others may have overtaken it.
        private ulong lowest;

        public Session(ulong id, ulong first)
        {
            Id = id;
            highest = first;
            lowest = first - Math.Min(first, FirstWidth / 2);
        }

        public ulong Id { get; }

        public long LastCreated { get; private set; } = long.MinValue;

        private ulong Bits => (ulong)used.Length * 64;

        public NonceVerdict Take(ulong sequence, long created)
        {
            // Nobody gets that far by counting, and the arithmetic here ends there.
            if (sequence < lowest || sequence > long.MaxValue)
            {
                return NonceVerdict.TooOld;
            }

            if (sequence > highest)
            {
                Slide(sequence);
            }

            ref var word = ref used[(sequence % Bits) / 64];
            var bit = 1UL << (int)(sequence % 64);
            if ((word & bit) != 0)
            {
                return NonceVerdict.Replayed;
            }

            word |= bit;
            LastCreated = Math.Max(LastCreated, created);
            return NonceVerdict.Fresh;
        }

        private void Slide(ulong to)
        {
            while (to - lowest >= Bits && Bits < Width)
            {
                Double();
            }

            if (to - highest >= Bits)
            {
                Array.Clear(used);
            }
            else
            {
                for (var number = to; number > highest; number--)
                {
                    used[(number % Bits) / 64] &= ~(1UL << (int)(number % 64));
                }
            }

            highest = to;
            lowest = to - lowest >= Bits ? to - Bits + 1 : lowest;
        }

        // Each word comes to stand where its numbers belong in the wider bitmap.
        private void Double()
        {
            var (bits, wider) = (Bits, new ulong[used.Length * 2]);
            for (var number = lowest - (lowest % 64); number <= highest; number += 64)
            {
                wider[(number % (bits * 2)) / 64] = used[(number % bits) / 64];
            }

            used = wider;
        }
    }
}
