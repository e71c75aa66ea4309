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

    // As many as a space may want, and as a checkpoint is shown with.
    private const int MostLines = 100;

    // 0: none counts; less: it has not been looked for since the start.
    private long counting = -1;

    /// <summary>Set when a checkpoint has a signature more.</summary>
    public Signal Signed { get; } = new();

    /// <summary>
    /// Keeps a member's signature under a checkpoint, unless a newer one counts already, or has its signature: that covers this one, and nobody fills the
    /// table with all the checkpoints there ever were. Beyond as many signatures as a checkpoint is shown with, none is kept. Idempotent.
    /// </summary>
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

        var wanted = settings.Evidence.Witnesses;
        if (wanted > 0 && signature.Size < CountingSize(wanted))
        {
            return;
        }

        await database.WriteAsync(unit =>
        {
            var newest = unit.Find<long?>("SELECT max(size) FROM log_cosignatures WHERE space_id = @Space AND witness = @member", new { unit.Space, member });
            var signed = unit.Find<long>("SELECT count(*) FROM log_cosignatures WHERE space_id = @Space AND size = @Size", new { unit.Space, signature.Size });
            if (newest >= signature.Size || signed >= MostLines)
            {
                return;
            }

            signed += unit.Execute("INSERT INTO log_cosignatures (space_id, size, witness, line) VALUES (@Space, @Size, @member, @Line)", new { unit.Space, signature.Size, member, signature.Line });
            unit.OnCommitted(() =>
            {
                if (wanted > 0 && signed >= wanted)
                {
                    Raise(signature.Size);
                }

                Signed.Set();
            });
        });
    }

    /// <summary>The newest checkpoint with as many witnesses as the space wants, with their signatures; null while there is none.</summary>
    public CheckpointRow? Counting()
    {
        var wanted = settings.Evidence.Witnesses;
        return wanted == 0 ? WithLines(publisher.Latest) : CountingSize(wanted) is > 0 and var size && Find(size) is { } row ? WithLines(row) : null;
    }

    // Looked for once: while too few witnesses sign, there may be very many checkpoints with one signature.
    private long CountingSize(int wanted)
    {
        if (Volatile.Read(ref counting) < 0)
        {
            Raise(database.Read(connection => connection.QuerySingleOrDefault<long>(
                "SELECT size FROM log_cosignatures WHERE space_id = @Id GROUP BY size HAVING count(*) >= @wanted ORDER BY size DESC LIMIT 1",
                new { settings.Space.Id, wanted })));
        }

        return Volatile.Read(ref counting);
    }

    private void Raise(long size)
    {
        for (var known = Volatile.Read(ref counting); size > known;)
        {
            var before = Interlocked.CompareExchange(ref counting, size, known);
            if (before == known)
            {
                return;
            }

            known = before;
        }
    }

    /// <summary>A checkpoint with the signatures of its witnesses.</summary>
    public CheckpointRow WithLines(CheckpointRow row) => row with
    {
        Note = Cosignature.Join(row.Note, database.Read(connection => connection.Query<string>(
            "SELECT line FROM log_cosignatures WHERE space_id = @Space AND size = @Size ORDER BY witness LIMIT @MostLines", new { Space = settings.Space.Id, row.Size, MostLines }).AsList())),
    };

    private CheckpointRow? Find(long size) => database.Read(connection => connection.QuerySingleOrDefault<CheckpointRow>(
        $"SELECT {Columns} FROM log_checkpoints WHERE space_id = @Space AND size = @size", new { Space = settings.Space.Id, size }));
}
