using Dapper;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>Members that have signed the log's checkpoints: an authority that shows two histories needs as many of them to sign both.</summary>
internal sealed class Witnesses(ParticipantStore participants, MemberKeys keys, EvidenceLog log, LogPublisher publisher, Database database, AuthoritySettings settings)
{
    private const string Columns = "size AS Size, root AS Root, note AS Note";

    /// <summary>Set when a checkpoint has a signature more.</summary>
    public Signal Signed { get; } = new();

    /// <summary>Keeps a member's signature under a checkpoint. Idempotent.</summary>
    /// <exception cref="RefusalException">NotFound: there is no such checkpoint; Unauthenticated: that is not the member's signature under it.</exception>
    public async Task AddAsync(string member, Cosignature signature)
    {
        var row = publisher.Latest is { } latest && latest.Size == signature.Size ? latest : Find(signature.Size);
        if (row is null || row.Root != signature.Root)
        {
            throw new RefusalException(RefusalCode.NotFound, "The log has no checkpoint of that size and root.") { Term = "size" };
        }

        // The name of the log may have been another one when that checkpoint was signed.
        var checkpoint = Checkpoint.Parse(row.Note[..(row.Note.IndexOf("\n\n", StringComparison.Ordinal) + 1)]);
        if (!signature.Verifies(checkpoint, member, keys.Accepted(participants.Find(member)!)))
        {
            throw new RefusalException(RefusalCode.Unauthenticated, $"The line is not a signature of {member} under the checkpoint of {log.Origin} over {signature.Size} entries.") { Term = "line" };
        }

        await database.WriteAsync(unit =>
        {
            unit.Execute("INSERT INTO log_cosignatures (space_id, size, witness, line) VALUES (@Space, @Size, @member, @Line) ON CONFLICT DO NOTHING", new { unit.Space, signature.Size, member, signature.Line });
            unit.OnCommitted(Signed.Set);
        });
    }

    /// <summary>The newest checkpoint with as many witnesses as the space wants, with their signatures; null while there is none.</summary>
    public CheckpointRow? Counting()
    {
        var wanted = settings.Evidence.Witnesses;
        return wanted == 0 ? WithLines(publisher.Latest) : database.Read(connection => connection.QueryFirstOrDefault<CheckpointRow>(
            $"""
            SELECT {Columns} FROM log_checkpoints AS c WHERE space_id = @Space AND size IN
              (SELECT size FROM log_cosignatures WHERE space_id = @Space GROUP BY size HAVING count(*) >= @wanted ORDER BY size DESC LIMIT 1)
            """,
            new { Space = settings.Space.Id, wanted })) is { } row ? WithLines(row) : null;
    }

    /// <summary>A checkpoint with the signatures of its witnesses.</summary>
    public CheckpointRow WithLines(CheckpointRow row) => row with
    {
        Note = Cosignature.Join(row.Note, database.Read(connection => connection.Query<string>(
            "SELECT line FROM log_cosignatures WHERE space_id = @Space AND size = @Size ORDER BY witness LIMIT 100", new { Space = settings.Space.Id, row.Size }).AsList())),
    };

    private CheckpointRow? Find(long size) => database.Read(connection => connection.QuerySingleOrDefault<CheckpointRow>(
        $"SELECT {Columns} FROM log_checkpoints WHERE space_id = @Space AND size = @size", new { Space = settings.Space.Id, size }));
}
