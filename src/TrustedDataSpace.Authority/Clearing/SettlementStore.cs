using Dapper;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>The settlements in the database.</summary>
internal sealed class SettlementStore(Database database, AuthoritySettings settings)
{
    private const string Select =
        """
        SELECT id AS Id, agreement_id AS Agreement, provider AS Provider, consumer AS Consumer, period_from AS "From", period_to AS "To", revision AS Revision,
               document AS Document, issued_at AS IssuedAt, provider_signature AS ProviderSignature, consumer_signature AS ConsumerSignature, payment AS Payment,
               prepaid AS Prepaid
        FROM settlements WHERE space_id = @Space
        """;

    private const string Touching = Select + " AND agreement_id = @agreement AND period_from < @To AND period_to > @From ORDER BY revision DESC LIMIT 1";

    public SettlementRow? Find(string id) => database.Read(connection =>
        connection.QuerySingleOrDefault<SettlementRow>(Select + " AND id = @id", new { Space = settings.Space.Id, id }));

    /// <summary>Of all agreements or of one, in the order of their ids; of a member: those that it is a party of.</summary>
    public List<SettlementRow> Page(string? agreement, string? member, string? after, int most) => database.Read(connection => connection.Query<SettlementRow>(
        PageSql(agreement is not null, member is not null), new { Space = settings.Space.Id, agreement, member, After = after ?? "", most }).AsList());

    // Of a member: two walks along its own settlements, for an OR would walk those of the whole space.
    internal static string PageSql(bool ofAgreement, bool ofMember)
    {
        var one = Select + (ofAgreement ? " AND agreement_id = @agreement" : "");
        const string InOrder = " AND id > @After ORDER BY id LIMIT @most";
        return ofMember
            ? $"SELECT * FROM (SELECT * FROM ({one} AND provider = @member{InOrder}) AS p UNION ALL SELECT * FROM ({one} AND consumer = @member AND provider <> @member{InOrder}) AS c) AS both ORDER BY Id LIMIT @most"
            : one + InOrder;
    }

    /// <summary>The newest settlement of a period that has a minute in common with that one.</summary>
    public SettlementRow? Last(string agreement, DateTimeOffset from, DateTimeOffset to) => database.Read(connection =>
        connection.QuerySingleOrDefault<SettlementRow>(Touching, new { Space = settings.Space.Id, agreement, From = from.ToUnixTimeSeconds(), To = to.ToUnixTimeSeconds() }));

    public static SettlementRow? Last(UnitOfWork unit, string agreement, DateTimeOffset from, DateTimeOffset to) =>
        unit.Find<SettlementRow>(Touching, new { unit.Space, agreement, From = from.ToUnixTimeSeconds(), To = to.ToUnixTimeSeconds() });

    public static SettlementRow? Find(UnitOfWork unit, string id) => unit.Find<SettlementRow>(Select + " AND id = @id", new { unit.Space, id });

    public static void Insert(UnitOfWork unit, SettlementRow row) => unit.Execute(
        """
        INSERT INTO settlements (space_id, id, agreement_id, provider, consumer, period_from, period_to, revision, document, issued_at, prepaid)
        VALUES (@Space, @Id, @Agreement, @Provider, @Consumer, @From, @To, @Revision, @Document, @IssuedAt, @Prepaid)
        """,
        new { unit.Space, row.Id, row.Agreement, row.Provider, row.Consumer, row.From, row.To, row.Revision, row.Document, row.IssuedAt, row.Prepaid });

    public static void Sign(UnitOfWork unit, string id, bool isProvider, string signature) => unit.Execute(
        $"UPDATE settlements SET {(isProvider ? "provider_signature" : "consumer_signature")} = @signature WHERE space_id = @Space AND id = @id",
        new { unit.Space, id, signature });

    public static void Pay(UnitOfWork unit, string id, string payment) =>
        unit.Execute("UPDATE settlements SET payment = @payment WHERE space_id = @Space AND id = @id", new { unit.Space, id, payment });
}
