using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Requests;

/// <summary>Requests that have had an effect, by their keys.</summary>
internal static class KeyedRequestStore
{
    private const int MostForgottenAtOnce = 100;

    public static Row? Find(SqliteConnection connection, string space, KeyedRequest request, long notBefore) => connection.QuerySingleOrDefault<Row>(
        """
        SELECT digest AS Digest, subject AS Subject, answer AS Answer FROM idempotency_keys
        WHERE space_id = @space AND caller = @Caller AND idempotency_key = @Key AND created_at >= @notBefore
        """,
        new { space, request.Caller, request.Key, notBefore });

    /// <summary>Notes the effect, and forgets some keys that are past their time.</summary>
    public static void Add(UnitOfWork unit, KeyedRequest request, string subject, long notBefore)
    {
        unit.Execute(
            """
            DELETE FROM idempotency_keys WHERE space_id = @Space AND created_at < @notBefore AND (caller, idempotency_key) IN
                (SELECT caller, idempotency_key FROM idempotency_keys WHERE space_id = @Space AND created_at < @notBefore ORDER BY created_at LIMIT @MostForgottenAtOnce)
            """,
            new { unit.Space, notBefore, MostForgottenAtOnce });

        // A request may take several commands: the first one with an effect tells. A key that is past its time is one of nobody.
        unit.Execute(
            """
            INSERT INTO idempotency_keys (space_id, caller, idempotency_key, digest, subject, created_at)
            VALUES (@Space, @Caller, @Key, @Digest, @subject, @Now)
            ON CONFLICT (space_id, caller, idempotency_key) DO UPDATE SET digest = excluded.digest, subject = excluded.subject, answer = NULL,
                created_at = excluded.created_at WHERE idempotency_keys.created_at < @notBefore
            """,
            new { unit.Space, request.Caller, request.Key, request.Digest, subject, Now = unit.Now.ToUnixTimeMilliseconds(), notBefore });
    }

    public static void Answered(UnitOfWork unit, KeyedRequest request, string answer) => unit.Execute(
        "UPDATE idempotency_keys SET answer = @answer WHERE space_id = @Space AND caller = @Caller AND idempotency_key = @Key",
        new { unit.Space, request.Caller, request.Key, answer });

    internal sealed record Row
    {
        public string Digest { get; init; } = "";

        public string Subject { get; init; } = "";

        public string? Answer { get; init; }
    }
}
