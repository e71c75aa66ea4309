using Dapper;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>The invites of the space in the database.</summary>
internal sealed class InviteStore(Database database, AuthoritySettings settings)
{
    private const string Select =
        """
        SELECT id AS Id, hash AS Hash, name AS Name, region AS Region, roles AS Roles, pre_approved AS PreApproved,
               created_at AS CreatedAt, expires_at AS ExpiresAt, used_by AS UsedBy, revoked AS Revoked
        FROM invites WHERE space_id = @Space
        """;

    public InviteRow? FindByHash(string hash) => database.Read(connection => connection.QuerySingleOrDefault<InviteRow>(
        Select + " AND hash = @hash", new { Space = settings.Space.Id, hash }));

    /// <summary>In the order in which they were made.</summary>
    public List<InviteRow> Page(string? after, int most) => database.Read(connection => connection.Query<InviteRow>(
        Select + " AND id > @After ORDER BY id LIMIT @most", new { Space = settings.Space.Id, After = after ?? "", most }).AsList());

    public static InviteRow? FindByHash(UnitOfWork unit, string hash) => unit.Find<InviteRow>(Select + " AND hash = @hash", new { unit.Space, hash });

    public static InviteRow? Find(UnitOfWork unit, string id) => unit.Find<InviteRow>(Select + " AND id = @id", new { unit.Space, id });

    public static long CountOpen(UnitOfWork unit) => unit.Find<long>(
        "SELECT count(*) FROM invites WHERE space_id = @Space AND used_by IS NULL AND revoked = 0 AND expires_at > @Now",
        new { unit.Space, Now = unit.Now.ToUnixTimeMilliseconds() });

    public static void Insert(UnitOfWork unit, InviteRow row) => unit.Execute(
        """
        INSERT INTO invites (space_id, id, hash, name, region, roles, pre_approved, created_at, expires_at, revoked)
        VALUES (@Space, @Id, @Hash, @Name, @Region, @Roles, @PreApproved, @CreatedAt, @ExpiresAt, 0)
        """,
        new { unit.Space, row.Id, row.Hash, row.Name, row.Region, row.Roles, row.PreApproved, row.CreatedAt, row.ExpiresAt });

    public static void SetUsed(UnitOfWork unit, string id, string by) => unit.Execute(
        "UPDATE invites SET used_by = @by WHERE space_id = @Space AND id = @id", new { unit.Space, id, by });

    public static void SetRevoked(UnitOfWork unit, string id) => unit.Execute(
        "UPDATE invites SET revoked = 1 WHERE space_id = @Space AND id = @id", new { unit.Space, id });
}
