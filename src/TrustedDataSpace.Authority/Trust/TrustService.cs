using System.Text;
using System.Text.Json;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Authority.Standing;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Trust;

/// <summary>
/// Which issuers the space believes for what: the authority for its own types, always, and others by the operator's word. What a list says and its number change in one
/// unit of work with the evidence. Numbers are the time in seconds, or one more than the last: so what the operator says after a restore from a backup comes after all that
/// connectors have seen before it.
/// </summary>
internal sealed class TrustService(Database database, CredentialTypes types, EvidenceTrail evidence, AuthoritySettings settings)
{
    private const int MostIssuers = 500;
    private const int MostTypes = 100;
    private const int LongestType = 64;
    private const int MostClaims = 500;
    private const int LongestClaim = 128;

    // Whom a credential is about is no claim.
    private const string SubjectId = "id";

    private readonly Did authority = Did.Parse(settings.Participant.Id);

    // Of the list that is known to say what the types say now; 0: not looked at yet.
    private long known;

    /// <summary>The list as it stands. Types of the authority may have changed while it was stopped: that is a new number, too.</summary>
    public async Task<NumberedTrust> CurrentAsync()
    {
        var found = database.Read(connection => Dapper.SqlMapper.QuerySingleOrDefault<TrustRow>(connection, TrustRow.Select, new { Space = settings.Space.Id }));
        return found is not null && Volatile.Read(ref known) == found.Version ? found.Read() : (await database.WriteAsync(unit => Renumber(unit, isSaid: false))).Read();
    }

    /// <summary>The space believes that issuer for these types and claims, and no others. Said again, it is a new list.</summary>
    /// <exception cref="RefusalException">Malformed: no types, those that are the authority's alone, or claims that nobody has named; QuotaExhausted.</exception>
    public async Task<NumberedTrust> TrustAsync(Did issuer, IssuerTrust trust)
    {
        var (forTypes, forClaims) = (trust.Types, trust.Claims);
        if (issuer == authority)
        {
            throw new RefusalException(RefusalCode.Malformed, "The authority is believed for its own types; its documents say which.") { Term = "id" };
        }

        if (forTypes.Count is 0 or > MostTypes || forTypes.Any(type => type.Length is 0 or > LongestType || type == VerifiableCredential.BaseType))
        {
            throw new RefusalException(RefusalCode.Malformed, $"An issuer is believed for 1 to {MostTypes} types of {LongestType} characters at most.") { Term = "types" };
        }

        // Who is a member says the authority alone: another issuer of that would admit to this space.
        if (forTypes.Contains(types.Membership.Name))
        {
            throw new RefusalException(RefusalCode.Malformed, $"{types.Membership.Name} is the authority's alone.") { Term = "types" };
        }

        if (forClaims.Count > MostClaims || forClaims.Any(claim => claim.Length is 0 or > LongestClaim || claim == SubjectId))
        {
            throw new RefusalException(RefusalCode.Malformed, $"An issuer is believed for {MostClaims} claims of 1 to {LongestClaim} characters at most; {SubjectId} is none.") { Term = "claims" };
        }

        if (forClaims.Count == 0 && forTypes.FirstOrDefault(type => types.Find(type) is null) is { } unknown)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The space has no document of '{unknown}' that says what its claims are.") { Term = "claims", Remedy = "name the claims that the issuer is believed for" };
        }

        return (await database.WriteAsync(unit =>
        {
            if (unit.Find<long>("SELECT count(*) FROM trusted_issuers WHERE space_id = @Space AND issuer <> @Issuer", new { unit.Space, Issuer = issuer.Value }) >= MostIssuers)
            {
                throw new RefusalException(RefusalCode.QuotaExhausted, $"{MostIssuers} issuers are believed: no more are taken.");
            }

            unit.Execute(
                """
                INSERT INTO trusted_issuers (space_id, issuer, types, claims) VALUES (@Space, @Issuer, @Types, @Claims)
                ON CONFLICT (space_id, issuer) DO UPDATE SET types = excluded.types, claims = excluded.claims
                """,
                new { unit.Space, Issuer = issuer.Value, Types = Text(Sorted(forTypes)), Claims = forClaims.Count == 0 ? null : Text(Sorted(forClaims)) });
            var row = Renumber(unit, isSaid: true);
            RequireTakable(row.Read());
            return row;
        })).Read();
    }

    /// <summary>The space believes that issuer no longer.</summary>
    /// <exception cref="RefusalException">NotFound: it did not.</exception>
    public Task DistrustAsync(string issuer) => database.WriteAsync(unit =>
    {
        if (unit.Execute("DELETE FROM trusted_issuers WHERE space_id = @Space AND issuer = @issuer", new { unit.Space, issuer }) == 0)
        {
            throw new RefusalException(RefusalCode.NotFound, "There is no such issuer beside the authority.") { Term = "id" };
        }

        Renumber(unit, isSaid: true);
    });

    private TrustRow Renumber(UnitOfWork unit, bool isSaid)
    {
        List<TrustedIssuer> issuers =
        [
            new(authority, [.. types.All.Select(type => type.Name)]),
            .. unit.Query<IssuerRow>("SELECT issuer AS Issuer, types AS Types, claims AS Claims FROM trusted_issuers WHERE space_id = @Space ORDER BY issuer", new { unit.Space }).Select(Read),
        ];
        var content = Text(issuers);
        var before = unit.Find<TrustRow>(TrustRow.Select, new { unit.Space });
        var row = before?.Content == content && !isSaid ? before : new TrustRow { Version = Math.Max((before?.Version ?? 0) + 1, unit.Now.ToUnixTimeSeconds()), Content = content };
        if (row != before)
        {
            unit.Execute(
                "INSERT INTO trust_lists (space_id, version, content) VALUES (@Space, @Version, @Content) ON CONFLICT (space_id) DO UPDATE SET version = excluded.version, content = excluded.content",
                new { unit.Space, row.Version, row.Content });
            evidence.Append(unit, EvidenceKinds.TrustChanged, new { row.Version, issuers });

            // Connectors are told at once.
            unit.Changed(StandingChanges.Key);
        }

        unit.OnCommitted(() => Volatile.Write(ref known, row.Version));
        return row;
    }

    /// <summary>What no connector would take is refused when it is said. Taking an issuer away never is.</summary>
    private void RequireTakable(NumberedTrust trust)
    {
        if (trust.Issuers.FirstOrDefault(one => one.Claims.Count > MostClaims) is { } one)
        {
            throw new RefusalException(RefusalCode.QuotaExhausted, $"{one.Issuer} would be believed for {one.Claims.Count} claims, as the documents of its types describe them: {MostClaims} are the most.") { Term = "claims", Remedy = "name the claims that the issuer is believed for" };
        }

        using var any = SigningKey.Generate();
        var list = new TrustList
        {
            Space = settings.Space.Id,
            Authority = authority,
            Version = trust.Version,
            IssuedAt = DateTimeOffset.UnixEpoch.AddSeconds(uint.MaxValue),
            ExpiresAt = DateTimeOffset.UnixEpoch.AddSeconds(uint.MaxValue),
            Issuers = trust.Issuers,
        };

        // Room for a name of the key, and for numbers with more digits.
        if (list.Sign(any).Length + 512 > TrustList.MaxLength)
        {
            throw new RefusalException(RefusalCode.QuotaExhausted, $"The trust list would be longer than {TrustList.MaxLength} characters, and no connector takes that.") { Term = "claims", Remedy = "name fewer types and claims, or take an issuer away" };
        }
    }

    // Whoever was named without claims is believed for those that the documents describe now.
    private TrustedIssuer Read(IssuerRow row)
    {
        var named = Texts(row.Types);
        return new TrustedIssuer(Did.Parse(row.Issuer), named) { Claims = row.Claims is { } claims ? Texts(claims) : Sorted(named.SelectMany(ClaimsOf)) };
    }

    private IEnumerable<string> ClaimsOf(string type) =>
        types.Find(type) is { } known && known.Schema.ValueKind == JsonValueKind.Object && known.Schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            ? properties.EnumerateObject().Select(property => property.Name)
            : [];

    private static IReadOnlyList<string> Texts(string list) => ProtocolJson.Read<IReadOnlyList<string>>(Encoding.UTF8.GetBytes(list));

    private static List<string> Sorted(IEnumerable<string> texts) => [.. texts.Distinct().Order(StringComparer.Ordinal)];

    private static string Text<T>(T value) => Encoding.UTF8.GetString(ProtocolJson.Write(value));

    private sealed record IssuerRow
    {
        public string Issuer { get; init; } = "";

        public string Types { get; init; } = "";

        public string? Claims { get; init; }
    }

    private sealed record TrustRow
    {
        public const string Select = "SELECT version AS Version, content AS Content FROM trust_lists WHERE space_id = @Space";

        public long Version { get; init; }

        public string Content { get; init; } = "";

        public NumberedTrust Read() => new(Version, ProtocolJson.Read<IReadOnlyList<TrustedIssuer>>(Encoding.UTF8.GetBytes(Content)));
    }
}
