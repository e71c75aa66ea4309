using System.Collections.Concurrent;
using Dapper;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>
/// The outbox: written inside a unit of work, read by <see cref="OutboxDelivery"/> in lanes, one for each peer. A message is due when its
/// time has come and none before it waits for the same destination.
/// </summary>
public sealed class OutboxQueue(Ids ids)
{
    /// <summary>Lane of the messages that are for nobody in particular.</summary>
    internal const string NoPeer = "";

    private const string Columns =
        "id AS Id, topic AS Topic, destination AS Destination, peer AS Peer, body AS Body, created_at AS CreatedAt, attempts AS Attempts, next_at AS NextAt";

    private const string IsFirst =
        "NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.space_id = outbox.space_id AND earlier.destination = outbox.destination AND earlier.id < outbox.id)";

    private readonly ConcurrentQueue<OutboxNews> news = new();

    /// <summary>Set when there is news.</summary>
    internal Signal Signal { get; } = new();

    /// <summary>Promises to deliver; the delivery starts as soon as the unit of work is durable.</summary>
    /// <param name="unit">Of the change that promises it.</param>
    /// <param name="topic">Which handler delivers it.</param>
    /// <param name="destination">What must stay in order.</param>
    /// <param name="body">The handler's own document.</param>
    /// <param name="peer">DID of who it is for: while that one is away, no more than one message is tried. Empty: nobody in particular.</param>
    public void Add(UnitOfWork unit, string topic, string destination, string body, string peer = NoPeer)
    {
        ArgumentNullException.ThrowIfNull(unit);

        // Behind a message that waits for its next attempt it is not looked at before that.
        unit.Execute(
            """
            INSERT INTO outbox (space_id, id, topic, destination, peer, body, created_at, next_at)
            VALUES (@Space, @Id, @topic, @destination, @peer, @body, @Now, coalesce(
                (SELECT max(next_at) FROM outbox WHERE space_id = @Space AND destination = @destination AND next_at > @Now), @Now))
            """,
            new { unit.Space, Id = ids.Next(), topic, destination, peer, body, Now = unit.Now.ToUnixTimeMilliseconds() });
        unit.OnCommitted(() => Tell(new OutboxNews(peer)));
    }

    /// <summary>What was promised is no longer so: it is not sent, unless that is just happening.</summary>
    /// <param name="unit">Of the change that makes it void.</param>
    /// <param name="topic">Its topic.</param>
    /// <param name="destination">Its destination.</param>
    /// <param name="body">Its document.</param>
    /// <returns>Whether it was still to be delivered.</returns>
    public bool Withdraw(UnitOfWork unit, string topic, string destination, string body)
    {
        ArgumentNullException.ThrowIfNull(unit);
        if (unit.Execute("DELETE FROM outbox WHERE space_id = @Space AND destination = @destination AND topic = @topic AND body = @body", new { unit.Space, destination, topic, body }) == 0)
        {
            return false;
        }

        GoOn(unit, destination);
        return true;
    }

    /// <summary>It is delivered or given up: the next of its destination is due.</summary>
    internal void Remove(UnitOfWork unit, OutboxMessage message)
    {
        unit.Execute("DELETE FROM outbox WHERE space_id = @Space AND id = @Id", new { unit.Space, message.Id });
        GoOn(unit, message.Destination);
    }

    private void GoOn(UnitOfWork unit, string destination)
    {
        var next = unit.Find<OutboxMessage>(
            $"SELECT {Columns} FROM outbox WHERE space_id = @Space AND destination = @destination ORDER BY id LIMIT 1",
            new { unit.Space, destination });
        if (next is null)
        {
            return;
        }

        if (next.NextAt > unit.Now.ToUnixTimeMilliseconds())
        {
            unit.Execute(
                "UPDATE outbox SET next_at = @Now WHERE space_id = @Space AND destination = @destination",
                new { unit.Space, destination, Now = unit.Now.ToUnixTimeMilliseconds() });
        }

        unit.OnCommitted(() => Tell(new OutboxNews(next.Peer)));
    }

    /// <summary>It failed. Those behind it wait as long: else each look for what is due would find them.</summary>
    internal static void Postpone(UnitOfWork unit, OutboxMessage message, TimeSpan pause, string error)
    {
        var next = (unit.Now + pause).ToUnixTimeMilliseconds();
        unit.Execute(
            "UPDATE outbox SET attempts = attempts + 1, last_error = @error WHERE space_id = @Space AND id = @Id",
            new { unit.Space, message.Id, error });
        unit.Execute(
            "UPDATE outbox SET next_at = @next WHERE space_id = @Space AND destination = @Destination AND next_at < @next",
            new { unit.Space, message.Destination, next });
    }

    /// <summary>The peer answers again: nothing for it waits any longer. Null: nothing at all.</summary>
    internal static void Wake(UnitOfWork unit, string? peer) => unit.Execute(
        "UPDATE outbox SET next_at = @Now WHERE space_id = @Space AND (@peer IS NULL OR peer = @peer) AND next_at > @Now",
        new { unit.Space, peer, Now = unit.Now.ToUnixTimeMilliseconds() });

    /// <summary>What is due in a lane, longest first.</summary>
    internal static List<OutboxMessage> Due(Database database, string space, string peer, DateTimeOffset now, int limit) => database.Read(connection => connection.Query<OutboxMessage>(
        $"SELECT {Columns} FROM outbox WHERE space_id = @space AND peer = @peer AND next_at <= @Now AND {IsFirst} ORDER BY next_at, id LIMIT @limit",
        new { space, peer, Now = now.ToUnixTimeMilliseconds(), limit }).AsList());

    /// <summary>What is due in a lane and older than the limit.</summary>
    internal static List<OutboxMessage> Expired(Database database, string space, string peer, DateTimeOffset now, DateTimeOffset oldest, int limit) => database.Read(connection => connection.Query<OutboxMessage>(
        $"""
        SELECT {Columns} FROM outbox
        WHERE space_id = @space AND peer = @peer AND next_at <= @Now AND created_at < @Oldest AND {IsFirst} ORDER BY next_at, id LIMIT @limit
        """,
        new { space, peer, Now = now.ToUnixTimeMilliseconds(), Oldest = oldest.ToUnixTimeMilliseconds(), limit }).AsList());

    /// <summary>When the next of a lane becomes due; null when nothing waits for its time.</summary>
    internal static DateTimeOffset? NextDue(Database database, string space, string peer, DateTimeOffset now) => database.Read(connection => connection.QuerySingle<long?>(
        "SELECT min(next_at) FROM outbox WHERE space_id = @space AND peer = @peer AND next_at > @Now",
        new { space, peer, Now = now.ToUnixTimeMilliseconds() })) is { } next ? DateTimeOffset.FromUnixTimeMilliseconds(next) : null;

    /// <summary>The lanes in which something waits.</summary>
    internal static List<string> Lanes(Database database, string space) => database.Read(connection => connection.Query<string>(
        "SELECT DISTINCT peer FROM outbox WHERE space_id = @space", new { space }).AsList());

    /// <summary>Something is new, or an attempt has ended.</summary>
    internal void Tell(OutboxNews what)
    {
        news.Enqueue(what);
        Signal.Set();
    }

    internal bool TryTake(out OutboxNews what) => news.TryDequeue(out what);
}

/// <summary>Why the delivery must look at a lane.</summary>
/// <param name="Peer">The lane.</param>
/// <param name="Ended">The attempt that has ended, or null: a message is new.</param>
internal readonly record struct OutboxNews(string Peer, EndedAttempt? Ended = null);

/// <summary>An attempt that has ended.</summary>
/// <param name="Message">What was tried.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Reason">Why it failed, or null.</param>
internal sealed record EndedAttempt(OutboxMessage Message, OutboxOutcome Outcome, string? Reason = null);

/// <summary>What came of an attempt.</summary>
internal enum OutboxOutcome
{
    /// <summary>The receiver has it.</summary>
    Delivered,

    /// <summary>The receiver does not want it: it is gone.</summary>
    Refused,

    /// <summary>The receiver does not want it yet: it is tried again.</summary>
    NotYet,

    /// <summary>Nobody has answered usefully: it is tried again.</summary>
    Failed,

    /// <summary>Nobody has answered usefully for too long: it is gone.</summary>
    Expired,

    /// <summary>The receiver was not asked: the service stops, its database fails, or it knows no handler.</summary>
    NotTried,
}
