using System.Globalization;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Dapper;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>Management tokens with a name and a list of scopes: for an automation that needs no more, and that can be shut out alone.</summary>
internal sealed partial class NamedTokens(Database database, EvidenceTrail evidence, ServiceSettings settings, TimeProvider clock)
{
    private const string Prefix = "tds_management_";

    private const string Columns = "name AS Name, scopes AS Scopes, created_at AS CreatedAt, expires_at AS ExpiresAt";

    /// <summary>The token with that secret; null when there is none, or none any more.</summary>
    public NamedToken? Find(string secret)
    {
        // Found by the hash of 256 random bits: how long the search takes tells nothing about another secret.
        var hash = SecretHashes.Hash(secret);
        var row = database.Read(connection => connection.QuerySingleOrDefault<NamedToken>(
            $"SELECT {Columns} FROM management_tokens WHERE space_id = @Space AND hash = @hash", new { Space = settings.Space.Id, hash }));
        return row is null ? null : row with { HasEnded = row.End <= clock.GetUtcNow() };
    }

    /// <summary>By name; one more than <paramref name="most"/> when there are more.</summary>
    public List<NamedToken> Page(string after, int most) => database.Read(connection => connection.Query<NamedToken>(
        $"SELECT {Columns} FROM management_tokens WHERE space_id = @Space AND name > @after ORDER BY name LIMIT @Limit",
        new { Space = settings.Space.Id, after, Limit = most + 1 }).AsList());

    /// <summary>Makes a token. Its maker gives away no more than it has: no further scope, and no longer life.</summary>
    /// <exception cref="RefusalException">Malformed; Forbidden: a scope that the maker lacks; Conflict: the name is taken.</exception>
    public async Task<TokenSecret> CreateAsync(TokenDefinition definition, IReadOnlyCollection<string> known, ClaimsPrincipal maker)
    {
        Check(definition, known);
        if (definition.Scopes.FirstOrDefault(scope => !ManagementScopes.Has(maker, scope)) is { } lacking)
        {
            throw new RefusalException(RefusalCode.Forbidden, $"The scope {lacking} cannot be given by one who lacks it.") { Term = "scopes" };
        }

        var end = definition.ExpiresAt;
        if (maker.FindFirst(ManagementScopes.ExpiryClaim)?.Value is { } own)
        {
            var makers = DateTimeOffset.FromUnixTimeSeconds(long.Parse(own, CultureInfo.InvariantCulture));
            end = end is null || end > makers ? makers : end;
        }

        var secret = SecretHashes.Create(Prefix);
        var scopes = definition.Scopes.Distinct().Order(StringComparer.Ordinal).ToList();
        var createdAt = await database.WriteAsync(unit =>
        {
            var added = unit.Execute(
                """
                INSERT INTO management_tokens (space_id, name, hash, scopes, created_at, expires_at)
                VALUES (@Space, @Name, @Hash, @Scopes, @Now, @End) ON CONFLICT DO NOTHING
                """,
                new
                {
                    unit.Space,
                    definition.Name,
                    Hash = SecretHashes.Hash(secret),
                    Scopes = string.Join(' ', scopes),
                    Now = unit.Now.ToUnixTimeMilliseconds(),
                    End = end?.ToUnixTimeMilliseconds(),
                });
            if (added == 0)
            {
                throw new RefusalException(RefusalCode.Conflict, $"There is a token '{definition.Name}' already.") { Where = "$.name", Remedy = "Delete it first, or take another name." };
            }

            evidence.Append(unit, EvidenceKinds.ManagementTokenCreated, new { definition.Name, scopes, expiresAt = end });
            return unit.Now;
        });
        return new TokenSecret(new TokenView(definition.Name, scopes, createdAt, end), secret);
    }

    /// <summary>The token opens nothing from now on.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public Task DeleteAsync(string name) => database.WriteAsync(unit =>
    {
        if (unit.Execute("DELETE FROM management_tokens WHERE space_id = @Space AND name = @name", new { unit.Space, name }) == 0)
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no management token '{name}'.");
        }

        unit.Changed(ChangeOf(name));
        evidence.Append(unit, EvidenceKinds.ManagementTokenDeleted, new { name });
    });

    /// <summary>Completes when the token of that name is deleted, or was before anybody could see it happen.</summary>
    public Task DeletedAsync(string name, CancellationToken cancellation)
    {
        // Woken by a deletion alone: another token may have taken the name by the time of the look.
        var looks = 0;
        return database.WaitUntilAsync(ChangeOf(name), () => looks++ > 0 || !Exists(name), Timeout.InfiniteTimeSpan, cancellation);
    }

    private bool Exists(string name) => database.Read(connection => connection.QuerySingle<long>(
        "SELECT count(*) FROM management_tokens WHERE space_id = @Space AND name = @name", new { Space = settings.Space.Id, name })) > 0;

    private static string ChangeOf(string name) => "management-token:" + name;

    private void Check(TokenDefinition definition, IReadOnlyCollection<string> known)
    {
        if (!NameForm().IsMatch(definition.Name))
        {
            throw Malformed("name", "The name has 1 to 64 of a-z, 0-9, '.', '_' and '-', and begins with a letter or digit.");
        }

        if (definition.Scopes.Count == 0 || definition.Scopes.FirstOrDefault(scope => !known.Contains(scope)) is not null)
        {
            throw Malformed("scopes", "Name at least one scope, and only such as there are here: " + string.Join(", ", known) + ".");
        }

        if (definition.ExpiresAt <= clock.GetUtcNow())
        {
            throw Malformed("expiresAt", "The token would have ended already.");
        }
    }

    private static RefusalException Malformed(string property, string message) => new(RefusalCode.Malformed, message) { Where = "$." + property };

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex NameForm();
}

/// <summary>A named token as it is stored, without its secret.</summary>
internal sealed record NamedToken
{
    public string Name { get; init; } = "";

    public string Scopes { get; init; } = "";

    public long CreatedAt { get; init; }

    public long? ExpiresAt { get; init; }

    public bool HasEnded { get; init; }

    public string[] ScopeList => Scopes.Split(' ');

    public DateTimeOffset? End => ExpiresAt is { } end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null;

    public TokenView ToView() => new(Name, ScopeList, DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt), End);
}
