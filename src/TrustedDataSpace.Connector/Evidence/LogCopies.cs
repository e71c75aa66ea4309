using System.Globalization;
using Dapper;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>
/// The authority's own entries, sealed, as its witness keeps them: fetched before a checkpoint over them counts as seen, so that who has seen a checkpoint
/// can give back what the authority itself has under it.
/// </summary>
internal sealed class LogCopies(AuthorityClient authority, Database database, ConnectorSettings settings)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>Fetches what lies between two checkpoints of one log. Idempotent; only a witness does it.</summary>
    public async Task FetchAsync(Checkpoint before, Checkpoint after, CancellationToken cancellation)
    {
        for (long? from = before.Size; settings.Authority.Witness && from < after.Size;)
        {
            var page = await authority.CopiesAsync(from.Value, after.Size, cancellation);
            if (page.Items.Count > 0)
            {
                await database.WriteAsync(unit => Keep(unit, after.Origin, page.Items));
            }

            from = long.TryParse(page.Next, NumberStyles.None, CultureInfo.InvariantCulture, out var next) && next > from ? next : null;
        }
    }

    /// <summary>Those of a log from a place on, in order, as many as go into one part.</summary>
    public IReadOnlyList<SealedEntry> Page(string origin, long from) => database.Read(connection => LogReturn.Part(connection.Query<(long Index, string Box)>(
        "SELECT idx, box FROM log_copies WHERE space_id = @Space AND origin = @origin AND idx >= @from ORDER BY idx LIMIT @MaxOwn",
        new { Space = settings.Space.Id, origin, from, LogReturn.MaxOwn }, buffered: false).Select(row => new SealedEntry(row.Index, row.Box))));

    /// <summary>Forgets those of a log from a place on: its history was given up for another one.</summary>
    public static void Forget(UnitOfWork unit, string origin, long from) =>
        unit.Execute("DELETE FROM log_copies WHERE space_id = @Space AND origin = @origin AND idx >= @from", new { unit.Space, origin, from });

    private static void Keep(UnitOfWork unit, string origin, IReadOnlyList<SealedEntry> copies)
    {
        foreach (var copy in copies)
        {
            // Of a log that went another way than what was seen of it before, the newest counts.
            unit.Execute(
                """
                INSERT INTO log_copies (space_id, origin, idx, box, kept_at) VALUES (@Space, @origin, @Index, @Box, @Now)
                ON CONFLICT (space_id, origin, idx) DO UPDATE SET box = excluded.box, kept_at = excluded.kept_at
                """,
                new { unit.Space, origin, copy.Index, copy.Box, Now = unit.Now.ToUnixTimeMilliseconds() });
        }

        unit.Execute("DELETE FROM log_copies WHERE space_id = @Space AND kept_at < @Before", new { unit.Space, Before = (unit.Now - KeptFor).ToUnixTimeMilliseconds() });
    }
}
