using Dapper;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>The public keys that the authority signs credentials and bundles with. The last ones fetched are kept for a start while it is away.</summary>
internal sealed class AuthorityKeys(JsonClient client, Database database, ConnectorSettings settings, TimeProvider clock) : IDisposable
{
    // A key that was taken back is trusted no longer than this.
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);

    // Whoever sends unknown key names makes us ask the authority no more often than this.
    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim fetching = new(1);
    private Fetched? last;

    /// <summary>Verifies with the known keys; if the key is not among them, once more with those of this moment.</summary>
    /// <param name="verify">Refuses with the term <c>kid</c> when the key is unknown.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<T> VerifyAsync<T>(Func<IReadOnlyCollection<PublicKey>, T> verify, CancellationToken cancellation)
    {
        var known = await GetAsync(Freshness, cancellation);
        try
        {
            return verify(known);
        }
        catch (RefusalException refusal) when (refusal.Term == "kid")
        {
            return verify(await GetAsync(LeastPause, cancellation));
        }
    }

    public void Dispose() => fetching.Dispose();

    private async Task<IReadOnlyCollection<PublicKey>> GetAsync(TimeSpan oldest, CancellationToken cancellation)
    {
        if (IsYoungerThan(oldest) is { } keys)
        {
            return keys;
        }

        await fetching.WaitAsync(cancellation);
        try
        {
            return IsYoungerThan(oldest) ?? await FetchAsync(cancellation);
        }
        finally
        {
            fetching.Release();
        }
    }

    private async Task<IReadOnlyCollection<PublicKey>> FetchAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await client.SendAsync(HttpMethod.Get, settings.Authority.Base + AuthorityRoutes.Jwks, null, null, cancellation);
            var set = answer.Read<JwkSet>();
            last = new Fetched(set.PublicKeys(), clock.GetTimestamp());
            await StoreAsync(set);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unavailable && (last?.Keys ?? Stored()) is { } kept)
        {
            last = new Fetched(kept, clock.GetTimestamp());
        }

        return last.Keys;
    }

    private IReadOnlyCollection<PublicKey>? IsYoungerThan(TimeSpan oldest) =>
        Volatile.Read(ref last) is { } present && clock.GetElapsedTime(present.At) < oldest ? present.Keys : null;

    private IReadOnlyCollection<PublicKey>? Stored()
    {
        var document = database.Read(connection => connection.QuerySingleOrDefault<string>(
            "SELECT document FROM authority_keys WHERE space_id = @Space", new { Space = settings.Space.Id }));
        return document is null ? null : ProtocolJson.Read<JwkSet>(System.Text.Encoding.UTF8.GetBytes(document)).PublicKeys();
    }

    private async Task StoreAsync(JwkSet set)
    {
        var document = System.Text.Encoding.UTF8.GetString(ProtocolJson.Write(set));
        await database.WriteAsync(unit => unit.Execute(
            """
            INSERT INTO authority_keys (space_id, document, fetched_at) VALUES (@Space, @document, @Now)
            ON CONFLICT (space_id) DO UPDATE SET document = excluded.document, fetched_at = excluded.fetched_at
            """,
            new { unit.Space, document, Now = unit.Now.ToUnixTimeMilliseconds() }));
    }

    private sealed record Fetched(IReadOnlyCollection<PublicKey> Keys, long At);
}
