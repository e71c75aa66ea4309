using Dapper;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>The table <c>pushes</c>: what is pushed, where it goes, and which delivery is due when. Changed in the unit of work of the transfer's step.</summary>
internal sealed class Pushes(Database database, ServiceSettings settings, KeyStore keys)
{
    private const string Select =
        """
        SELECT transfer AS Transfer, flow AS Flow, purpose AS Purpose, address AS Address, running AS Running, delivery AS Delivery,
               attempts AS Attempts, failing_since AS FailingSince, finite AS Finite
        FROM pushes WHERE space_id = @Space
        """;

    private const string IsIt = " AND role = @role AND transfer = @transfer";

    /// <summary>Set when a delivery may have become due.</summary>
    public Signal Signal { get; } = new();

    /// <summary>A push transfer begins.</summary>
    public void Add(UnitOfWork unit, string role, string transfer, string purpose, PushAddress address, bool finite = false) => unit.Execute(
        "INSERT INTO pushes (space_id, role, transfer, flow, purpose, address, finite) VALUES (@Space, @role, @transfer, @Flow, @purpose, @Box, @Finite)",
        new { unit.Space, role, transfer, Flow = role == FlowRow.Provider ? transfer : null, purpose, Box = Seal(address, role, transfer), Finite = finite ? 1 : 0 });

    /// <summary>Another address in place of the present one.</summary>
    public void Renew(UnitOfWork unit, string role, string transfer, PushAddress address) => unit.Execute(
        "UPDATE pushes SET address = @Box WHERE space_id = @Space" + IsIt, new { unit.Space, role, transfer, Box = Seal(address, role, transfer) });

    /// <summary>Consumer: the transfer is started. After a suspension of its own the provider gets another token.</summary>
    public void Receive(UnitOfWork unit, string transfer, string flow, bool renew)
    {
        var role = FlowRow.Consumer;
        unit.Execute("UPDATE pushes SET flow = @flow WHERE space_id = @Space" + IsIt, new { unit.Space, role, transfer, flow });
        if (renew && Find(unit, role, transfer) is { } push)
        {
            Renew(unit, role, transfer, push.Address.Renewed());
        }
    }

    /// <summary>Provider: deliveries are due from now on, the interrupted one first.</summary>
    public void Run(UnitOfWork unit, string transfer)
    {
        unit.Execute(
            "UPDATE pushes SET running = 1, attempts = 0, failing_since = 0, next_at = @Now WHERE space_id = @Space" + IsIt,
            new { unit.Space, role = FlowRow.Provider, transfer, Now = unit.Now.ToUnixTimeMilliseconds() });
        unit.OnCommitted(Signal.Set);
    }

    /// <summary>Provider: no delivery is due any more.</summary>
    public static void Stop(UnitOfWork unit, string transfer) =>
        unit.Execute("UPDATE pushes SET running = 0 WHERE space_id = @Space" + IsIt, new { unit.Space, role = FlowRow.Provider, transfer });

    /// <summary>Provider: the delivery has arrived; the next one is due then.</summary>
    public void Next(UnitOfWork unit, Push push, DateTimeOffset at)
    {
        unit.Execute(
            "UPDATE pushes SET delivery = @Next, attempts = 0, failing_since = 0, next_at = @At WHERE space_id = @Space AND delivery = @Delivery" + IsIt,
            new { unit.Space, role = FlowRow.Provider, transfer = push.Transfer, push.Delivery, Next = push.Delivery + 1, At = at.ToUnixTimeMilliseconds() });
        unit.OnCommitted(Signal.Set);
    }

    /// <summary>Provider: the source had nothing to deliver; the same delivery is due again then.</summary>
    public void Again(UnitOfWork unit, Push push, DateTimeOffset at)
    {
        unit.Execute(
            "UPDATE pushes SET attempts = 0, failing_since = 0, next_at = @At WHERE space_id = @Space" + IsIt,
            new { unit.Space, role = FlowRow.Provider, transfer = push.Transfer, At = at.ToUnixTimeMilliseconds() });
        unit.OnCommitted(Signal.Set);
    }

    /// <summary>Provider: the delivery has failed, and is due again then; unless the transfer was started anew meanwhile, which makes it due at once.</summary>
    public void Failed(UnitOfWork unit, Push push, DateTimeOffset again)
    {
        unit.Execute(
            """
            UPDATE pushes SET attempts = attempts + 1, next_at = @At, failing_since = CASE WHEN failing_since = 0 THEN @Now ELSE failing_since END
            WHERE space_id = @Space AND delivery = @Delivery AND attempts = @Attempts
            """ + IsIt,
            new
            {
                unit.Space,
                role = FlowRow.Provider,
                transfer = push.Transfer,
                push.Delivery,
                push.Attempts,
                At = again.ToUnixTimeMilliseconds(),
                Now = unit.Now.ToUnixTimeMilliseconds(),
            });
        unit.OnCommitted(Signal.Set);
    }

    /// <summary>The transfer has ended: its address, with the secrets in it, goes.</summary>
    public static void Remove(UnitOfWork unit, string role, string transfer) =>
        unit.Execute("DELETE FROM pushes WHERE space_id = @Space" + IsIt, new { unit.Space, role, transfer });

    /// <summary>The push transfer, or null.</summary>
    public Push? Find(string role, string transfer) => Open(role, database.Read(connection => connection.QuerySingleOrDefault<Row>(
        Select + IsIt, new { Space = settings.Space.Id, role, transfer })));

    /// <summary>Provider: transfers with a delivery that is due, and when the next one after those is.</summary>
    public (IReadOnlyList<string> Due, long? NextAt) Due(DateTimeOffset now) => database.Read(connection =>
    {
        var given = new { Space = settings.Space.Id, Now = now.ToUnixTimeMilliseconds() };
        var due = connection.Query<string>("SELECT transfer FROM pushes WHERE space_id = @Space AND running = 1 AND next_at <= @Now ORDER BY next_at", given).AsList();
        return (due, connection.QuerySingle<long?>("SELECT min(next_at) FROM pushes WHERE space_id = @Space AND running = 1 AND next_at > @Now", given));
    });

    private Push? Find(UnitOfWork unit, string role, string transfer) => Open(role, unit.Find<Row>(Select + IsIt, new { unit.Space, role, transfer }));

    private Push? Open(string role, Row? row) => row is null ? null : new Push(
        row.Transfer,
        row.Flow,
        row.Purpose,
        ProtocolJson.Read<PushAddress>(keys.Open(row.Address, Context(role, row.Transfer))),
        row.Running == 1,
        row.Delivery,
        row.Attempts,
        row.FailingSince == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.FailingSince),
        row.Finite == 1);

    private string Seal(PushAddress address, string role, string transfer) => keys.Seal(ProtocolJson.Write(address), Context(role, transfer));

    // A sealed address that is moved to another row does not open there.
    private static string Context(string role, string transfer) => $"push:{role}:{transfer}";

    private sealed class Row
    {
        public string Transfer { get; init; } = "";

        public string? Flow { get; init; }

        public string Purpose { get; init; } = "";

        public string Address { get; init; } = "";

        public long Running { get; init; }

        public long Delivery { get; init; }

        public long Attempts { get; init; }

        public long FailingSince { get; init; }

        public long Finite { get; init; }
    }
}
