using Dapper;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Hosting.Outbox;

/// <summary>What waits to be delivered, for people to look at.</summary>
public sealed class OutboxOverview
{
    private readonly Database database;
    private readonly OutboxLanes lanes;
    private readonly ServiceSettings settings;

    internal OutboxOverview(Database database, OutboxLanes lanes, ServiceSettings settings)
    {
        this.database = database;
        this.lanes = lanes;
        this.settings = settings;
    }

    /// <summary>The peers whose last attempt has failed.</summary>
    public IReadOnlyList<PeerCircuitView> Circuits =>
    [
        .. lanes.Circuits.Select(circuit => new PeerCircuitView
        {
            Peer = circuit.Peer,
            Failures = circuit.State.Failures,
            AwayUntil = circuit.State.OpenUntil,
            LastError = circuit.State.Reason ?? "",
        }),
    ];

    /// <summary>The oldest messages behind an id.</summary>
    /// <param name="after">Id, or empty.</param>
    /// <param name="limit">Most rows.</param>
    public IReadOnlyList<WaitingMessage> Waiting(string after, int limit) => database.Read(connection => connection.Query<Row>(
        """
        SELECT id AS Id, topic AS Topic, destination AS Destination, peer AS Peer, created_at AS CreatedAt, attempts AS Attempts, next_at AS NextAt, last_error AS LastError
        FROM outbox WHERE space_id = @Space AND id > @after ORDER BY id LIMIT @limit
        """,
        new { Space = settings.Space.Id, after, limit }).Select(row => row.ToView()).ToList());

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Topic { get; init; } = "";

        public string Destination { get; init; } = "";

        public string Peer { get; init; } = "";

        public long CreatedAt { get; init; }

        public long Attempts { get; init; }

        public long NextAt { get; init; }

        public string? LastError { get; init; }

        public WaitingMessage ToView() => new()
        {
            Id = Id,
            Topic = Topic,
            Destination = Destination,
            Peer = Peer.Length == 0 ? null : Peer,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            Attempts = Attempts,
            NextAttempt = DateTimeOffset.FromUnixTimeMilliseconds(NextAt),
            LastError = LastError,
        };
    }
}
