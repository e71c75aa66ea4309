using Dapper;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>The service's private keys: sealed under the master key, kept in the database, replaced by <see cref="KeyRotation"/>.</summary>
public sealed class KeyStore(Database database, ServiceSettings settings) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Lock making = new();
    private readonly Dictionary<string, (int Generation, KeyRing Ring)> rings = [];

    // Whoever has asked for a key may still sign with it when the next one takes over: all stay usable until the service ends.
    private readonly Dictionary<string, SigningKey> open = [];
    private MasterKey? masterKey;
    private int generation;

    /// <summary>The key of that name that signs now; made and stored durably when there is none.</summary>
    public SigningKey Signing(string name) => Ring(name).Current;

    /// <summary>The first key that the name ever had, if its private part was kept (<see cref="IRotationSteps.KeepsFirstKey"/>).</summary>
    public SigningKey First(string name) => Ring(name).First;

    /// <summary>The keys of that name whose signatures count at that time: of the present one, of one that is published already, and of retired ones for a while.</summary>
    public IReadOnlyCollection<PublicKey> Accepted(string name, DateTimeOffset now) => Ring(name).Accepted(now);

    /// <summary>Opens every key there is: a wrong master key stops the start, not the first use.</summary>
    /// <exception cref="InvalidOperationException">The master key is missing, or not the one the keys were sealed under.</exception>
    public void OpenAll()
    {
        foreach (var name in database.Read(connection => connection.Query<string>(
            "SELECT DISTINCT name FROM signing_keys WHERE space_id = @Id", new { settings.Space.Id })))
        {
            Ring(name);
        }
    }

    /// <summary>Seals a secret (such as the credential of a data source) under the master key.</summary>
    public string Seal(ReadOnlySpan<byte> secret, string context)
    {
        lock (gate)
        {
            return Master().Seal(secret, context);
        }
    }

    /// <summary>Opens a sealed secret.</summary>
    public byte[] Open(string box, string context)
    {
        lock (gate)
        {
            return Master().Open(box, context);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        masterKey?.Dispose();
        foreach (var key in open.Values)
        {
            key.Dispose();
        }
    }

    internal KeyRing Ring(string name) => Find(name) ?? Make(name);

    /// <summary>The next key, which is published and does not sign yet except to be made known.</summary>
    internal SigningKey OpenNext(string name)
    {
        lock (gate)
        {
            return OpenRow(name, Rows(name).Find(row => row.State == KeyRow.Next)
                ?? throw new InvalidOperationException($"'{name}' has no next key."));
        }
    }

    /// <summary>Seals a new key for <see cref="Add"/>: not inside a unit of work, which must wait for nobody.</summary>
    internal string SealKey(string name, SigningKey key) => Seal(key.ExportPkcs8(), Context(name));

    /// <summary>Stores a new key. Once committed, it is among those of its name.</summary>
    internal void Add(UnitOfWork unit, string name, PublicKey key, string box, string state, DateTimeOffset signsFrom)
    {
        unit.Execute(
            """
            INSERT INTO signing_keys (space_id, name, kid, number, jwk, sealed, state, created_at, signs_from)
            SELECT @Space, @name, @Kid, coalesce(max(number), 0) + 1, @Jwk, @box, @state, @Now, @From
            FROM signing_keys WHERE space_id = @Space AND name = @name
            """,
            new
            {
                unit.Space,
                name,
                key.Kid,
                Jwk = KeyRow.Write(key),
                box,
                state,
                Now = unit.Now.ToUnixTimeMilliseconds(),
                From = signsFrom.ToUnixTimeMilliseconds(),
            });
        unit.OnCommitted(Changed);
    }

    /// <summary>The next key takes over; what the present one has signed counts for a while. Its private part is destroyed, unless it is the first and kept.</summary>
    internal void Promote(UnitOfWork unit, string name, KeyRing ring, TimeSpan overlap, bool keepFirst)
    {
        var present = ring.Current;
        unit.Execute(
            """
            UPDATE signing_keys SET state = @Retired, jwk = @Jwk, accepted_until = @Until, sealed = CASE WHEN @Keep = 1 THEN sealed ELSE '' END
            WHERE space_id = @Space AND name = @name AND state = @Current
            """,
            new
            {
                unit.Space,
                name,
                KeyRow.Retired,
                KeyRow.Current,
                Jwk = KeyRow.Write(present.Public),
                Until = (unit.Now + overlap).ToUnixTimeMilliseconds(),
                Keep = keepFirst && present.Kid == ring.First.Kid ? 1 : 0,
            });
        unit.Execute(
            "UPDATE signing_keys SET state = @Current, signs_from = @Now WHERE space_id = @Space AND name = @name AND state = @Next",
            new { unit.Space, name, KeyRow.Current, KeyRow.Next, Now = unit.Now.ToUnixTimeMilliseconds() });
        unit.OnCommitted(Changed);
    }

    /// <summary>The key of that name and kid, unless it was replaced and its time is over.</summary>
    internal SigningKey? Open(string name, string kid, DateTimeOffset now)
    {
        lock (gate)
        {
            var row = Rows(name).Find(row => row.Kid == kid && row.Sealed.Length > 0 && !(row.AcceptedUntil <= now.ToUnixTimeMilliseconds()));
            return row is null ? null : OpenRow(name, row);
        }
    }

    /// <summary>Another key takes the place of the present one, whose private part is kept for the overlap: what was encrypted to it is still under way.</summary>
    internal void Replace(UnitOfWork unit, string name, SigningKey key, TimeSpan overlap)
    {
        var box = SealKey(name, key);
        unit.Execute(
            "UPDATE signing_keys SET sealed = '' WHERE space_id = @Space AND name = @name AND accepted_until <= @Now",
            new { unit.Space, name, Now = unit.Now.ToUnixTimeMilliseconds() });
        unit.Execute(
            "UPDATE signing_keys SET state = @Retired, accepted_until = @Until WHERE space_id = @Space AND name = @name AND state = @Current",
            new { unit.Space, name, KeyRow.Retired, KeyRow.Current, Until = (unit.Now + overlap).ToUnixTimeMilliseconds() });
        Add(unit, name, key.Public, box, KeyRow.Current, unit.Now);
    }

    /// <summary>Whether signatures of that key count at that time. Asked for at every request: nothing is allocated.</summary>
    public bool IsAccepted(string name, string kid, DateTimeOffset now) => Ring(name).IsAccepted(kid, now);

    /// <summary>A retired key counts no more. Returns whether it did until now.</summary>
    internal bool Revoke(UnitOfWork unit, string name, string kid)
    {
        unit.OnCommitted(Changed);
        return unit.Execute(
            "UPDATE signing_keys SET accepted_until = @Now WHERE space_id = @Space AND name = @name AND kid = @kid AND state = @Retired AND accepted_until > @Now",
            new { unit.Space, name, kid, KeyRow.Retired, Now = unit.Now.ToUnixTimeMilliseconds() }) > 0;
    }

    // Without a lock: the writer must not wait for one who waits for it.
    private void Changed() => Interlocked.Increment(ref generation);

    private KeyRing? Find(string name)
    {
        lock (gate)
        {
            // Taken before the look: a change that is committed in between is looked at the next time.
            var now = Volatile.Read(ref generation);
            if (rings.TryGetValue(name, out var known) && known.Generation == now)
            {
                return known.Ring;
            }

            var rows = Rows(name);
            if (rows.Find(row => row.State == KeyRow.Current) is not { } row)
            {
                return null;
            }

            var current = OpenRow(name, row);
            var first = rows[^1];
            var ring = new KeyRing(current, first.Sealed.Length > 0 ? OpenRow(name, first) : current, [.. rows.Select(row => Held(name, row))]);
            rings[name] = (now, ring);
            return ring;
        }
    }

    private KeyRing Make(string name)
    {
        lock (making)
        {
            if (Find(name) is { } made)
            {
                return made;
            }

            using var key = SigningKey.Generate();
            var box = SealKey(name, key);
            database.WriteAsync(unit => Add(unit, name, key.Public, box, KeyRow.Current, unit.Now)).GetAwaiter().GetResult();
            return Find(name)!;
        }
    }

    private List<KeyRow> Rows(string name) => database.Read(connection => connection.Query<KeyRow>(
        $"SELECT {KeyRow.Columns} FROM signing_keys WHERE space_id = @Space AND name = @name ORDER BY number DESC",
        new { Space = settings.Space.Id, name }).AsList());

    private HeldKey Held(string name, KeyRow row) => new(
        row.Jwk.Length > 0 ? row.ReadPublic() : OpenRow(name, row).Public,
        row.State,
        DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        DateTimeOffset.FromUnixTimeMilliseconds(row.SignsFrom),
        row.AcceptedUntil is { } until ? DateTimeOffset.FromUnixTimeMilliseconds(until) : null);

    private SigningKey OpenRow(string name, KeyRow row)
    {
        var id = name + " " + row.Kid;
        return open.TryGetValue(id, out var key) ? key : open[id] = SigningKey.FromPkcs8(Master().Open(row.Sealed, Context(name)));
    }

    // Whatever space it is of: one key file goes with the folder, and must not be replaced while anything in it is sealed.
    private MasterKey Master() => masterKey ??= MasterKey.Open(
        settings,
        database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM signing_keys")) > 0);

    private static string Context(string name) => "signing-key:" + name;
}
