using System.Diagnostics.Metrics;
using System.Text;
using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>The last checkpoint that was verified, and the alarms.</summary>
internal sealed class LogWatchStore
{
    private const string OpenAlarm = "SELECT kind AS Kind, reason AS Reason, note AS Note, raised_at AS RaisedAt FROM log_alarms WHERE space_id = @Space AND ended_at IS NULL";

    private readonly Database database;
    private readonly Ids ids;
    private readonly ConnectorSettings settings;

    public LogWatchStore(IMeterFactory meters, Database database, Ids ids, ConnectorSettings settings)
    {
        (this.database, this.ids, this.settings) = (database, ids, settings);
        meters.Create("TrustedDataSpace.Log").CreateObservableGauge("tds.log.refused", () => Alarm() is null ? 0 : 1, "{alarm}", "1 while the log of the space is refused.");
    }

    /// <summary>Set when another checkpoint was kept.</summary>
    public Signal Kept { get; } = new();

    /// <summary>What was seen last; null before the first time.</summary>
    public SeenLog? Seen() => Row() is { } row
        ? new SeenLog(new Checkpoint(row.Origin, row.Size, row.Root), row.Note, PublicKey.FromJwk(ProtocolJson.Read<Jwk>(Encoding.UTF8.GetBytes(row.LogKey))))
        : null;

    /// <summary>The same for people.</summary>
    public LogStatus? Status() => Row() is { } row
        ? new LogStatus
        {
            Origin = row.Origin,
            Size = row.Size,
            Root = row.Root,
            Checkpoint = row.Note,
            KeyId = ProtocolJson.Read<Jwk>(Encoding.UTF8.GetBytes(row.LogKey)).Kid ?? "",
            SeenAt = DateTimeOffset.FromUnixTimeMilliseconds(row.SeenAt),
        }
        : null;

    /// <summary>Why the log is refused; null: it is not.</summary>
    public LogAlarm? Alarm() => database.Read(connection => connection.QuerySingleOrDefault<AlarmRow>(OpenAlarm, new { Space = settings.Space.Id })) is { } row
        ? new LogAlarm { Kind = row.Kind, Reason = row.Reason, Checkpoint = row.Note, Root = RootOf(row.Note), Since = DateTimeOffset.FromUnixTimeMilliseconds(row.RaisedAt) }
        : null;

    /// <summary>Keeps what was verified. An alarm, if there was one, is over.</summary>
    /// <exception cref="InvalidOperationException">Something else was seen meanwhile.</exception>
    public void Keep(UnitOfWork unit, SeenLog? before, SeenLog now)
    {
        var row = new
        {
            unit.Space,
            now.Head.Origin,
            now.Head.Size,
            now.Head.Root,
            now.Note,
            LogKey = Encoding.UTF8.GetString(ProtocolJson.Write(now.Key.Jwk)),
            Now = unit.Now.ToUnixTimeMilliseconds(),
            Before = before?.Note,
        };
        var changed = before is null
            ? unit.Execute("INSERT INTO log_seen (space_id, origin, size, root, note, log_key, seen_at) VALUES (@Space, @Origin, @Size, @Root, @Note, @LogKey, @Now) ON CONFLICT DO NOTHING", row)
            : unit.Execute("UPDATE log_seen SET origin = @Origin, size = @Size, root = @Root, note = @Note, log_key = @LogKey, seen_at = @Now WHERE space_id = @Space AND note = @Before", row);
        if (changed != 1)
        {
            throw new InvalidOperationException("Another checkpoint was kept meanwhile: this one is judged again.");
        }

        unit.OnCommitted(Kept.Set);
        End(unit);
    }

    /// <summary>Raises an alarm. One of another kind takes the place of that before; of the same kind, the first one stands.</summary>
    /// <returns>Whether it is news.</returns>
    public bool Raise(UnitOfWork unit, LogFinding finding, string note)
    {
        if (unit.Find<AlarmRow>(OpenAlarm, new { unit.Space })?.Kind == finding.Kind)
        {
            return false;
        }

        End(unit);
        unit.Execute(
            "INSERT INTO log_alarms (space_id, id, kind, reason, note, raised_at) VALUES (@Space, @Id, @Kind, @Reason, @note, @Now)",
            new { unit.Space, Id = ids.Next(), finding.Kind, finding.Reason, note, Now = unit.Now.ToUnixTimeMilliseconds() });
        return true;
    }

    private static void End(UnitOfWork unit) => unit.Execute(
        "UPDATE log_alarms SET ended_at = @Now WHERE space_id = @Space AND ended_at IS NULL", new { unit.Space, Now = unit.Now.ToUnixTimeMilliseconds() });

    private static string? RootOf(string note)
    {
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        return end < 0 ? null : note[..end].Split('\n') is [_, _, var root] ? root : null;
    }

    private SeenRow? Row() => database.Read(connection => connection.QuerySingleOrDefault<SeenRow>(
        "SELECT origin AS Origin, size AS Size, root AS Root, note AS Note, log_key AS LogKey, seen_at AS SeenAt FROM log_seen WHERE space_id = @Space", new { Space = settings.Space.Id }));

    private sealed record SeenRow
    {
        public string Origin { get; init; } = "";

        public long Size { get; init; }

        public string Root { get; init; } = "";

        public string Note { get; init; } = "";

        public string LogKey { get; init; } = "";

        public long SeenAt { get; init; }
    }

    private sealed record AlarmRow
    {
        public string Kind { get; init; } = "";

        public string Reason { get; init; } = "";

        public string Note { get; init; } = "";

        public long RaisedAt { get; init; }
    }
}
