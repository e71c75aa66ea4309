using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>Notes which bundle decides: evidence names it, and whoever waits for the connector to be ready sees it at once.</summary>
internal sealed class PolicyRevision(Database database, EvidenceTrail evidence, ILogger<PolicyRevision> logger)
{
    public async Task SetAsync(string revision)
    {
        logger.Decides(revision);
        evidence.Policy = revision;
        await database.WriteAsync(unit => unit.Execute(
            """
            INSERT INTO policy_revision (space_id, revision, loaded_at) VALUES (@Space, @revision, @Now)
            ON CONFLICT (space_id) DO UPDATE SET revision = excluded.revision, loaded_at = excluded.loaded_at
            """,
            new { unit.Space, revision, Now = unit.Now.ToUnixTimeMilliseconds() }));
    }
}
