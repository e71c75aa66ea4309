using System.Text;
using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Filing;

/// <summary>A filed agreement as it is stored.</summary>
internal sealed record FilingRow
{
    public string Id { get; init; } = "";

    public string Provider { get; init; } = "";

    public string Consumer { get; init; } = "";

    public string Hash { get; init; } = "";

    public string Filing { get; init; } = "";

    public long FiledAt { get; init; }

    public string EvidenceId { get; init; } = "";

    public AgreementFiling ToFiling() => ProtocolJson.Read<AgreementFiling>(Encoding.UTF8.GetBytes(Filing));

    public FilingReceipt ToReceipt() => new()
    {
        AgreementId = Id,
        Hash = Hash,
        FiledAt = DateTimeOffset.FromUnixTimeMilliseconds(FiledAt),
        EvidenceId = EvidenceId,
    };
}

/// <summary>The filed agreements in the database: added once, never changed.</summary>
internal sealed class FilingStore(Database database, AuthoritySettings settings)
{
    private const string One = """
        SELECT id AS Id, provider AS Provider, consumer AS Consumer, hash AS Hash, filing AS Filing, filed_at AS FiledAt, evidence_id AS EvidenceId
        FROM agreements WHERE space_id = @Space AND id = @id
        """;

    public FilingRow? Find(string id) => database.Read(connection =>
        connection.QuerySingleOrDefault<FilingRow>(One, new { Space = settings.Space.Id, id }));

    public static FilingRow? Find(UnitOfWork unit, string id) => unit.Find<FilingRow>(One, new { unit.Space, id });

    public static void Insert(UnitOfWork unit, FilingRow row) => unit.Execute(
        """
        INSERT INTO agreements (space_id, id, provider, consumer, hash, filing, filed_at, evidence_id)
        VALUES (@Space, @Id, @Provider, @Consumer, @Hash, @Filing, @FiledAt, @EvidenceId)
        """,
        new { unit.Space, row.Id, row.Provider, row.Consumer, row.Hash, row.Filing, row.FiledAt, row.EvidenceId });
}
