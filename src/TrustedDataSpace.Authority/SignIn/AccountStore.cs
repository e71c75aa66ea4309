using Dapper;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>Accounts and registered programs in the database.</summary>
internal sealed class AccountStore(Database database, AuthoritySettings settings)
{
    private const string Select =
        """
        SELECT id AS Id, name AS Name, roles AS Roles, participant AS Participant, password AS Password, one_time_until AS OneTimeUntil,
               failures AS Failures, locked_until AS LockedUntil, disabled AS Disabled, created_at AS CreatedAt
        FROM accounts WHERE space_id = @Space
        """;

    private const string SelectClient =
        """
        SELECT id AS Id, secret_hash AS SecretHash, redirect_uris AS RedirectUris, roles AS Roles, participant AS Participant, created_at AS CreatedAt
        FROM oauth_clients WHERE space_id = @Space
        """;

    public AccountRow? Find(string id) => database.Read(connection => connection.QuerySingleOrDefault<AccountRow>(
        Select + " AND id = @id", new { Space = settings.Space.Id, id }));

    /// <summary>In the order in which they were made.</summary>
    public List<AccountRow> Page(string? after, int most) => database.Read(connection => connection.Query<AccountRow>(
        Select + " AND id > @After ORDER BY id LIMIT @most", new { Space = settings.Space.Id, After = after ?? "", most }).AsList());

    public ClientRow? FindClient(string id) => database.Read(connection => connection.QuerySingleOrDefault<ClientRow>(
        SelectClient + " AND id = @id", new { Space = settings.Space.Id, id }));

    public List<ClientRow> ClientPage(string? after, int most) => database.Read(connection => connection.Query<ClientRow>(
        SelectClient + " AND id > @After ORDER BY id LIMIT @most", new { Space = settings.Space.Id, After = after ?? "", most }).AsList());

    public static AccountRow? Find(UnitOfWork unit, string id) => unit.Find<AccountRow>(Select + " AND id = @id", new { unit.Space, id });

    public static AccountRow? FindByName(UnitOfWork unit, string name) => unit.Find<AccountRow>(Select + " AND name = @name", new { unit.Space, name });

    public static long Count(UnitOfWork unit) => unit.Find<long>("SELECT count(*) FROM accounts WHERE space_id = @Space", new { unit.Space });

    public static long CountClients(UnitOfWork unit) => unit.Find<long>("SELECT count(*) FROM oauth_clients WHERE space_id = @Space", new { unit.Space });

    /// <summary>False: the name is taken.</summary>
    public static bool Insert(UnitOfWork unit, AccountRow row) => unit.Execute(
        """
        INSERT INTO accounts (space_id, id, name, roles, participant, password, one_time_until, failures, disabled, created_at)
        VALUES (@Space, @Id, @Name, @Roles, @Participant, @Password, @OneTimeUntil, 0, 0, @CreatedAt) ON CONFLICT DO NOTHING
        """,
        new { unit.Space, row.Id, row.Name, row.Roles, row.Participant, row.Password, row.OneTimeUntil, row.CreatedAt }) == 1;

    public static void SetPassword(UnitOfWork unit, string id, string password, long? oneTimeUntil) => unit.Execute(
        """
        UPDATE accounts SET password = @password, one_time_until = @oneTimeUntil, failures = 0, locked_until = NULL, disabled = 0
        WHERE space_id = @Space AND id = @id
        """,
        new { unit.Space, id, password, oneTimeUntil });

    public static void SetAttempts(UnitOfWork unit, string id, long failures, long? lockedUntil) => unit.Execute(
        "UPDATE accounts SET failures = @failures, locked_until = @lockedUntil WHERE space_id = @Space AND id = @id",
        new { unit.Space, id, failures, lockedUntil });

    public static void SetDisabled(UnitOfWork unit, string id) => unit.Execute(
        "UPDATE accounts SET disabled = 1 WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    /// <summary>False: the id is taken.</summary>
    public static bool InsertClient(UnitOfWork unit, ClientRow row) => unit.Execute(
        """
        INSERT INTO oauth_clients (space_id, id, secret_hash, redirect_uris, roles, participant, created_at)
        VALUES (@Space, @Id, @SecretHash, @RedirectUris, @Roles, @Participant, @CreatedAt) ON CONFLICT DO NOTHING
        """,
        new { unit.Space, row.Id, row.SecretHash, row.RedirectUris, row.Roles, row.Participant, row.CreatedAt }) == 1;

    /// <summary>False: there is none.</summary>
    public static bool RemoveClient(UnitOfWork unit, string id) => unit.Execute(
        "DELETE FROM oauth_clients WHERE space_id = @Space AND id = @id", new { unit.Space, id }) == 1;
}
