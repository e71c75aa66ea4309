using System.Text;
using Dapper;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Whom this connector believes: the authority, and the issuers of the newest trust list that the authority has signed, as far as the connector's own
/// settings do not narrow it. A list that is over, or of which a newer one is known to exist and cannot be had, is believed no more.
/// </summary>
internal sealed class SpaceTrust(Database database, EvidenceTrail evidence, ConnectorSettings settings, TimeProvider clock)
{
    /// <summary>For so long the list before counts while the newer one is fetched.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly ILookup<(string Type, string Issuer), string> narrowed = settings.Credentials.TrustedIssuers
        .SelectMany(one => one.Claims, (one, claim) => (Key: (one.Type, one.Issuer), Claim: claim)).ToLookup(one => one.Key, one => one.Claim);

    private volatile Known? known;
    private long epoch;

    /// <summary>Another number: others may be believed.</summary>
    public long Epoch => Volatile.Read(ref epoch);

    /// <summary>The number of the list that is known; 0: none is.</summary>
    public long Version => Present().List?.Version ?? 0;

    /// <summary>The number of the newest list that the authority has told of.</summary>
    public long Told => Present().Told;

    /// <summary>Until when what is believed now is, at most.</summary>
    public DateTimeOffset Until => Present() is var present && IsBelieved(present) ? EndOf(present) : DateTimeOffset.MaxValue;

    /// <summary>The authority's newest list has this number.</summary>
    /// <returns>Whether it is newer than all that was told before.</returns>
    public bool Tell(long version)
    {
        lock (gate)
        {
            var present = Present();
            if (version <= Math.Max(present.Told, present.List?.Version ?? 0))
            {
                return false;
            }

            // The list before counts for the grace once, however often a newer one is told of meanwhile.
            var isWaiting = present.Told > (present.List?.Version ?? 0);
            known = present with { Told = version, ToldAt = isWaiting ? present.ToldAt : clock.GetUtcNow() };
            epoch++;
            return true;
        }
    }

    /// <summary>Takes a list that the authority has signed.</summary>
    /// <exception cref="RefusalException">Conflict: it goes back, or is another one of the same number.</exception>
    public async Task AdoptAsync(TrustList list)
    {
        var before = Present().List;
        list.RequireAfter(before);
        if (before?.Version == list.Version && before.ExpiresAt >= list.ExpiresAt)
        {
            return;
        }

        await database.WriteAsync(unit =>
        {
            unit.Execute(
                """
                INSERT INTO trust_list (space_id, version, issued_at, expires_at, issuers) VALUES (@Space, @Version, @Issued, @Expires, @Issuers)
                ON CONFLICT (space_id) DO UPDATE SET version = excluded.version, issued_at = excluded.issued_at, expires_at = excluded.expires_at, issuers = excluded.issuers
                WHERE excluded.version >= trust_list.version
                """,
                new { unit.Space, list.Version, Issued = list.IssuedAt.ToUnixTimeSeconds(), Expires = list.ExpiresAt.ToUnixTimeSeconds(), Issuers = Encoding.UTF8.GetString(ProtocolJson.Write(list.Issuers)) });
            if (list.Version != before?.Version)
            {
                evidence.Append(unit, EvidenceKinds.TrustAdopted, new { list.Version, list.Issuers });
            }

            unit.OnCommitted(() => Take(list));
        });
    }

    /// <summary>Whether the issuer is believed for anything.</summary>
    public bool Knows(Did issuer) => issuer.Value == settings.Authority.Id || Listed(issuer)?.Types.Any(type => IsAllowed(type, issuer)) == true;

    /// <summary>Whether the issuer of the credential is believed for everything that the credential says it is.</summary>
    public bool Trusts(VerifiableCredential credential)
    {
        if (credential.Issuer.Value == settings.Authority.Id)
        {
            return true;
        }

        var types = credential.Types.Where(type => type != VerifiableCredential.BaseType).ToList();
        return types.Count > 0 && Listed(credential.Issuer) is { } listed && types.TrueForAll(type => listed.Types.Contains(type) && IsAllowed(type, credential.Issuer));
    }

    /// <summary>Whether the issuer of the credential is believed for the claim: the authority for all, another for those that are named for it.</summary>
    public bool Trusts(VerifiableCredential credential, string claim) => credential.Issuer.Value == settings.Authority.Id
        || (Listed(credential.Issuer)?.Claims.Contains(claim) == true
            && (narrowed.Count == 0 || credential.Types.Any(type => narrowed[(type, credential.Issuer.Value)].Contains(claim))));

    private TrustedIssuer? Listed(Did issuer) => Present() is var present && IsBelieved(present) ? present.List!.Issuers.FirstOrDefault(one => one.Issuer == issuer) : null;

    // The connector's own settings only take away: the space has the first word.
    private bool IsAllowed(string type, Did issuer) => type != CredentialOptions.Membership && (narrowed.Count == 0 || narrowed.Contains((type, issuer.Value)));

    private bool IsBelieved(Known present) => present.List is not null && clock.GetUtcNow() < EndOf(present);

    private static DateTimeOffset EndOf(Known present)
    {
        var end = present.List!.ExpiresAt;
        var left = present.Told > present.List.Version ? present.ToldAt + Grace : end;
        return left < end ? left : end;
    }

    private void Take(TrustList list)
    {
        lock (gate)
        {
            if (Present() is var present && !(present.List?.Version > list.Version))
            {
                known = present with { List = list };
                epoch++;
            }
        }
    }

    private Known Present()
    {
        if (known is { } present)
        {
            return present;
        }

        lock (gate)
        {
            return known ??= new Known(Stored(), 0, default);
        }
    }

    private TrustList? Stored() => database.Read(connection => connection.QuerySingleOrDefault<Row>(
        "SELECT version AS Version, issued_at AS IssuedAt, expires_at AS ExpiresAt, issuers AS Issuers FROM trust_list WHERE space_id = @Space", new { Space = settings.Space.Id })) is not { } row
        ? null
        : new TrustList
        {
            Space = settings.Space.Id,
            Authority = Did.Parse(settings.Authority.Id),
            Version = row.Version,
            IssuedAt = DateTimeOffset.FromUnixTimeSeconds(row.IssuedAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(row.ExpiresAt),
            Issuers = ProtocolJson.Read<IReadOnlyList<TrustedIssuer>>(Encoding.UTF8.GetBytes(row.Issuers)),
        };

    private sealed record Known(TrustList? List, long Told, DateTimeOffset ToldAt);

    private sealed record Row
    {
        public long Version { get; init; }

        public long IssuedAt { get; init; }

        public long ExpiresAt { get; init; }

        public string Issuers { get; init; } = "";
    }
}
