using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Webhooks;

internal static class WebhookStore
{
    private const string Select =
        """
        SELECT id AS Id, url AS Url, kinds AS Kinds, secrets AS Secrets, position AS Position, last_delivered AS LastDelivered, state AS State,
            attempts AS Attempts, next_at AS NextAt, last_error AS LastError, failing_since AS FailingSince FROM webhooks
        """;

    private const string One = Select + " WHERE space_id = @space AND id = @id";

    public static WebhookRow? Find(SqliteConnection connection, string space, string id) => connection.QuerySingleOrDefault<WebhookRow>(One, new { space, id });

    public static WebhookRow? Find(UnitOfWork unit, string id) => unit.Find<WebhookRow>(One, new { space = unit.Space, id });

    public static List<WebhookRow> Page(SqliteConnection connection, string space, string after, int most) => connection.Query<WebhookRow>(
        Select + " WHERE space_id = @space AND id > @after ORDER BY id LIMIT @most", new { space, after, most }).AsList();

    /// <summary>Ids of those that are to be served.</summary>
    public static List<string> Served(SqliteConnection connection, string space) => connection.Query<string>(
        "SELECT id FROM webhooks WHERE space_id = @space AND state <> @Disabled ORDER BY id", new { space, WebhookStates.Disabled }).AsList();

    public static long Count(UnitOfWork unit) => unit.Find<long>("SELECT count(*) FROM webhooks WHERE space_id = @Space", new { unit.Space });

    public static void Add(UnitOfWork unit, WebhookRow row) => unit.Execute(
        """
        INSERT INTO webhooks (space_id, id, url, kinds, secrets, position, state, created_at)
        VALUES (@Space, @Id, @Url, @Kinds, @Secrets, @Position, @State, @Now)
        """,
        new { unit.Space, row.Id, row.Url, row.Kinds, row.Secrets, row.Position, row.State, Now = unit.Now.ToUnixTimeMilliseconds() });

    public static bool Remove(UnitOfWork unit, string id) =>
        unit.Execute("DELETE FROM webhooks WHERE space_id = @Space AND id = @id", new { unit.Space, id }) == 1;

    public static void SetSecrets(UnitOfWork unit, string id, string secrets) =>
        unit.Execute("UPDATE webhooks SET secrets = @secrets WHERE space_id = @Space AND id = @id", new { unit.Space, id, secrets });

    /// <summary>It goes on from that position, at once.</summary>
    public static void GoOn(UnitOfWork unit, string id, string position) => unit.Execute(
        """
        UPDATE webhooks SET position = @position, state = @Active, attempts = 0, next_at = 0, last_error = NULL, failing_since = NULL
        WHERE space_id = @Space AND id = @id
        """,
        new { unit.Space, id, position, WebhookStates.Active });

    /// <summary>All up to that position is done with. False: it is gone, or was told meanwhile to go on elsewhere.</summary>
    /// <param name="unit">Of the command.</param>
    /// <param name="id">Of the web-hook.</param>
    /// <param name="from">Its position when the delivery began.</param>
    /// <param name="to">The new one.</param>
    /// <param name="delivered">Whether an event was taken there; else none up to it was wanted.</param>
    public static bool Advance(UnitOfWork unit, string id, string from, string to, bool delivered) => unit.Execute(
        $"""
        UPDATE webhooks SET position = @to{(delivered ? ", last_delivered = @to, state = @Active, attempts = 0, next_at = 0, last_error = NULL, failing_since = NULL" : "")}
        WHERE space_id = @Space AND id = @id AND position = @from
        """,
        new { unit.Space, id, from, to, WebhookStates.Active }) == 1;

    /// <summary>A delivery failed. False: it is gone, or was told meanwhile to go on elsewhere.</summary>
    public static bool Failed(UnitOfWork unit, WebhookRow failed) => unit.Execute(
        """
        UPDATE webhooks SET state = @State, attempts = @Attempts, next_at = @NextAt, last_error = @LastError, failing_since = @FailingSince
        WHERE space_id = @Space AND id = @Id AND position = @Position
        """,
        new { unit.Space, failed.Id, failed.State, failed.Attempts, failed.NextAt, failed.LastError, failed.FailingSince, failed.Position }) == 1;
}
