using System.Security.Cryptography;
using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>The credentials of the space in the database. The bits of the status lists are the states of these rows: they cannot differ.</summary>
internal sealed class CredentialStore(Database database, AuthoritySettings settings)
{
    // A place is drawn at random, so that it tells nobody who came when; half full, two draws find one on average.
    private const int MostInList = StatusList.MinLength / 2;

    private const string One = $"SELECT {CredentialRow.Columns} FROM credentials WHERE space_id = @Space AND id = @id";

    public CredentialRow? Find(string id) => database.Read(connection =>
        connection.QuerySingleOrDefault<CredentialRow>(One, new { Space = settings.Space.Id, id }));

    public List<CredentialRow> Page(string? holder, string? type, string? after, int most) => database.Read(connection => connection.Query<CredentialRow>(
        $"""
        SELECT {CredentialRow.Columns} FROM credentials
        WHERE space_id = @Space AND id > @after AND (@holder IS NULL OR holder = @holder) AND (@type IS NULL OR type = @type) ORDER BY id LIMIT @most
        """,
        new { Space = settings.Space.Id, holder, type, after = after ?? "", most }).AsList());

    /// <summary>The places in a list whose bit is set.</summary>
    public List<long> Set(long list, string purpose) => database.Read(connection => connection.Query<long>(
        "SELECT status_index FROM credentials WHERE space_id = @Space AND status_list = @list AND state = @State",
        new { Space = settings.Space.Id, list, State = purpose == CredentialStatusEntry.Revocation ? CredentialStates.Revoked : CredentialStates.Suspended }).AsList());

    /// <summary>The number of the last list; there is always a first one.</summary>
    public long LastList() => database.Read(connection => connection.QuerySingle<long>(
        "SELECT coalesce(max(status_list), 1) FROM credentials WHERE space_id = @Space", new { Space = settings.Space.Id }));

    public static CredentialRow? Find(UnitOfWork unit, string id) => unit.Find<CredentialRow>(One, new { unit.Space, id });

    /// <summary>The holder's newest credential of the type that is not over and not revoked.</summary>
    public static CredentialRow? Alive(UnitOfWork unit, string holder, string type) => unit.Find<CredentialRow>(
        $"""
        SELECT {CredentialRow.Columns} FROM credentials
        WHERE space_id = @Space AND holder = @holder AND type = @type AND state <> @Revoked AND valid_until > @Now ORDER BY id DESC LIMIT 1
        """,
        new { unit.Space, holder, type, CredentialStates.Revoked, Now = unit.Now.ToUnixTimeSeconds() });

    /// <summary>All the holder's credentials of the type (null: of any) that are not over and not revoked, oldest first.</summary>
    public static List<CredentialRow> AllAlive(UnitOfWork unit, string holder, string? type) => unit.Query<CredentialRow>(
        $"SELECT {CredentialRow.Columns} FROM credentials WHERE space_id = @Space AND holder = @holder AND (@type IS NULL OR type = @type) AND state <> @Revoked AND valid_until > @Now ORDER BY id",
        new { unit.Space, holder, type, CredentialStates.Revoked, Now = unit.Now.ToUnixTimeSeconds() });

    /// <summary>It was the operator that revoked it.</summary>
    public static void Bar(UnitOfWork unit, string id) => unit.Execute("UPDATE credentials SET barred = 1 WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    /// <summary>Whether the operator has revoked the holder's newest credential of the type.</summary>
    public static bool IsBarred(UnitOfWork unit, string holder, string type) => unit.Find<long>(
        "SELECT barred FROM credentials WHERE space_id = @Space AND holder = @holder AND type = @type ORDER BY id DESC LIMIT 1", new { unit.Space, holder, type }) == 1;

    public static void Insert(UnitOfWork unit, CredentialRow row) => unit.Execute(
        """
        INSERT INTO credentials (space_id, id, type, holder, claims, valid_from, valid_until, status_list, status_index, state)
        VALUES (@Space, @Id, @Type, @Holder, @Claims, @ValidFrom, @ValidUntil, @StatusList, @StatusIndex, @State)
        """,
        new { unit.Space, row.Id, row.Type, row.Holder, row.Claims, row.ValidFrom, row.ValidUntil, row.StatusList, row.StatusIndex, row.State });

    public static void SetState(UnitOfWork unit, string id, string state, string? reason) => unit.Execute(
        "UPDATE credentials SET state = @state, reason = @reason WHERE space_id = @Space AND id = @id", new { unit.Space, id, state, reason });

    /// <summary>A free place in the last list, or in a new one.</summary>
    public static (long List, long Index) FreePlace(UnitOfWork unit)
    {
        var list = unit.Find<long>("SELECT coalesce(max(status_list), 1) FROM credentials WHERE space_id = @Space", new { unit.Space });
        if (unit.Find<long>("SELECT count(*) FROM credentials WHERE space_id = @Space AND status_list = @list", new { unit.Space, list }) >= MostInList)
        {
            list++;
        }

        while (true)
        {
            var index = RandomNumberGenerator.GetInt32(StatusList.MinLength);
            if (unit.Find<long>("SELECT count(*) FROM credentials WHERE space_id = @Space AND status_list = @list AND status_index = @index", new { unit.Space, list, index }) == 0)
            {
                return (list, index);
            }
        }
    }
}
