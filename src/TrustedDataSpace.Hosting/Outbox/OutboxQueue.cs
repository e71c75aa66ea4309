using Dapper;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>The outbox: written inside a unit of work, read by <see cref="OutboxDelivery"/>.</summary>
public sealed class OutboxQueue(Ids ids)
{
    private const string Columns =
        "id AS Id, topic AS Topic, destination AS Destination, body AS Body, created_at AS CreatedAt, attempts AS Attempts, next_at AS NextAt";

    /// <summary>Set when there is something new to deliver.</summary>
    internal Signal Signal { get; } = new();

    /// <summary>Promises to deliver; the delivery starts as soon as the unit of work is durable.</summary>
    public void Add(UnitOfWork unit, string topic, string destination, string body)
    {
        ArgumentNullException.ThrowIfNull(unit);
        unit.Execute(
            """
            INSERT INTO outbox (space_id, id, topic, destination, body, created_at, next_at)
            VALUES (@Space, @Id, @topic, @destination, @body, @Now, @Now)
            """,
            new { unit.Space, Id = ids.Next(), topic, destination, body, Now = unit.Now.ToUnixTimeMilliseconds() });
        unit.OnCommitted(Signal.Set);
    }

    /// <summary>The first message of each destination, whether due or not.</summary>
    internal static List<OutboxMessage> Heads(Database database, string space) => database.Read(connection => connection.Query<OutboxMessage>(
        $"""
        SELECT {Columns} FROM outbox
        WHERE space_id = @space AND id IN (SELECT min(id) FROM outbox WHERE space_id = @space GROUP BY destination)
        ORDER BY id
        """,
        new { space }).AsList());

    internal static OutboxMessage? Head(Database database, string space, string destination) => database.Read(connection => connection.QuerySingleOrDefault<OutboxMessage>(
        $"SELECT {Columns} FROM outbox WHERE space_id = @space AND destination = @destination ORDER BY id LIMIT 1",
        new { space, destination }));

    internal static void Remove(UnitOfWork unit, OutboxMessage message) =>
        unit.Execute("DELETE FROM outbox WHERE space_id = @Space AND id = @Id", new { unit.Space, message.Id });

    internal static void Postpone(UnitOfWork unit, OutboxMessage message, TimeSpan pause, string error) => unit.Execute(
        "UPDATE outbox SET attempts = attempts + 1, next_at = @Next, last_error = @error WHERE space_id = @Space AND id = @Id",
        new { unit.Space, message.Id, error, Next = (unit.Now + pause).ToUnixTimeMilliseconds() });
}
