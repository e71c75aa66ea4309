using System.Collections.Frozen;
using Dapper;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Signals;

/// <summary>
/// The state of the environment as this provider knows it: a grid emergency, a recall. Decisions read it from memory. Each change is
/// evidence, and another epoch: who holds an answer that a signal was read for asks again.
/// </summary>
internal sealed class SignalService(Database database, EvidenceTrail evidence, ConnectorSettings settings)
{
    public const int MostSignals = 200;

    private const string Columns = "name AS Name, value AS Value, changed_at AS ChangedAt";

    private readonly Lock gate = new();
    private volatile FrozenDictionary<string, string>? current;
    private long epoch;

    /// <summary>Values by name.</summary>
    public IReadOnlyDictionary<string, string> Current => current ?? Reload();

    /// <summary>Grows with each change, from the start of the process.</summary>
    public long Epoch => Volatile.Read(ref epoch);

    /// <summary>Sets a signal; the value it has already changes nothing.</summary>
    /// <exception cref="RefusalException">Malformed; Conflict: there are too many.</exception>
    public async Task<SignalView> SetAsync(string name, string value)
    {
        SignalRules.CheckName(name);
        SignalRules.CheckValue(value);
        var view = await database.WriteAsync(unit =>
        {
            if (Find(unit, name) is { } present && present.Value == value)
            {
                return present.View();
            }

            if (unit.Find<long>("SELECT count(*) FROM signals WHERE space_id = @Space AND name <> @name", new { unit.Space, name }) >= MostSignals)
            {
                throw new RefusalException(RefusalCode.Conflict, $"There are {MostSignals} signals already.") { Remedy = "clear those that no offer asks about" };
            }

            unit.Execute(
                """
                INSERT INTO signals (space_id, name, value, changed_at) VALUES (@Space, @name, @value, @Now)
                ON CONFLICT (space_id, name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at
                """,
                new { unit.Space, name, value, Now = unit.Now.ToUnixTimeMilliseconds() });
            evidence.Append(unit, EvidenceKinds.SignalSet, new { name, value });
            return new SignalView { Name = name, Value = value, ChangedAt = DateTimeOffset.FromUnixTimeMilliseconds(unit.Now.ToUnixTimeMilliseconds()) };
        });
        Reload();
        return view;
    }

    /// <summary>Takes a signal back: terms about it deny from now on.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task ClearAsync(string name)
    {
        await database.WriteAsync(unit =>
        {
            if (unit.Execute("DELETE FROM signals WHERE space_id = @Space AND name = @name", new { unit.Space, name }) == 0)
            {
                throw NoSuch(name);
            }

            evidence.Append(unit, EvidenceKinds.SignalCleared, new { name });
        });
        Reload();
    }

    /// <summary>One signal.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public SignalView Get(string name) => (database.Read(connection => connection.QuerySingleOrDefault<Row>(
        $"SELECT {Columns} FROM signals WHERE space_id = @Space AND name = @name", new { Space = settings.Space.Id, name })) ?? throw NoSuch(name)).View();

    /// <summary>In the order of their names.</summary>
    public Page<SignalView> List(PageRequest page) => page.ToPage(
        database.Read(connection => connection.Query<Row>(
            $"SELECT {Columns} FROM signals WHERE space_id = @Space AND name > @After ORDER BY name LIMIT @Limit",
            new { Space = settings.Space.Id, page.After, Limit = page.Size + 1 }).AsList()),
        row => row.View(),
        row => row.Name);

    private static Row? Find(UnitOfWork unit, string name) =>
        unit.Find<Row>($"SELECT {Columns} FROM signals WHERE space_id = @Space AND name = @name", new { unit.Space, name });

    private static RefusalException NoSuch(string name) => new(RefusalCode.NotFound, $"The signal '{name}' is not set.") { Remedy = $"see which are: {ManagementRoutes.Signals}" };

    // Read under the gate: of two reloads at once, the one that read later is the one that stays.
    private FrozenDictionary<string, string> Reload()
    {
        lock (gate)
        {
            current = database.Read(connection => connection.Query<Row>($"SELECT {Columns} FROM signals WHERE space_id = @Space", new { Space = settings.Space.Id }))
                .ToFrozenDictionary(row => row.Name, row => row.Value, StringComparer.Ordinal);
            Interlocked.Increment(ref epoch);
            return current;
        }
    }

    private sealed record Row
    {
        public string Name { get; init; } = "";

        public string Value { get; init; } = "";

        public long ChangedAt { get; init; }

        public SignalView View() => new() { Name = Name, Value = Value, ChangedAt = DateTimeOffset.FromUnixTimeMilliseconds(ChangedAt) };
    }
}
