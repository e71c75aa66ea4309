using Dapper;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Standing;

/// <summary>Whose standing changed, in order; and how far what credentials rest on has.</summary>
internal sealed class StandingChanges(Database database, CredentialRegister credentials, AuthoritySettings settings)
{
    /// <summary>Wakes who waits for a change.</summary>
    public const string Key = "standing";

    // Who was away for more of them looks everybody up again.
    private const long MostKept = 10_000;

    private static readonly IReadOnlyDictionary<string, string> Nobody = new Dictionary<string, string>();

    /// <summary>The numbers of the last changes; 0 before the first.</summary>
    public StandingNumbers Last
    {
        get
        {
            var status = credentials.Generation;
            var numbers = database.Read(connection => connection.QuerySingle<StandingNumbers>(
                """
                SELECT (SELECT coalesce(max(number), 0) FROM standing_changes WHERE space_id = @Space) AS Standing,
                       (SELECT coalesce(max(version), 0) FROM trust_lists WHERE space_id = @Space) AS Trust
                """,
                new { Space = settings.Space.Id }));
            return numbers with { Status = status };
        }
    }

    /// <summary>Notes, in the unit of work that changes it, that the standing of the participant is another one.</summary>
    public static void Note(UnitOfWork unit, string participant)
    {
        unit.Execute(
            """
            INSERT INTO standing_changes (space_id, number, participant)
            SELECT @Space, coalesce(max(number), 0) + 1, @participant FROM standing_changes WHERE space_id = @Space
            """,
            new { unit.Space, participant });
        unit.Execute(
            "DELETE FROM standing_changes WHERE space_id = @Space AND number <= (SELECT max(number) FROM standing_changes WHERE space_id = @Space) - @MostKept",
            new { unit.Space, MostKept });
        unit.Changed(Key);
    }

    /// <summary>What changed after one change and up to another.</summary>
    public StandingEpoch Since(long? after, StandingNumbers until) => Since(after, until.Standing) with { Status = until.Status, Trust = until.Trust };

    private StandingEpoch Since(long? after, long upTo)
    {
        if (after is not { } from || from > upTo)
        {
            return new StandingEpoch(null, upTo, Nobody);
        }

        var changes = database.Read(connection => connection.Query<(string Id, string State)>(
            """
            SELECT p.id, p.state FROM standing_changes c JOIN participants p ON p.space_id = c.space_id AND p.id = c.participant
            WHERE c.space_id = @Space AND c.number > @from AND c.number <= @upTo ORDER BY c.number LIMIT @Most
            """,
            new { Space = settings.Space.Id, from, upTo, Most = StandingEpoch.MostChanges + 1 }).AsList());
        return changes.Count == upTo - from && changes.Count <= StandingEpoch.MostChanges
            ? new StandingEpoch(from, upTo, changes.DistinctBy(change => change.Id).ToDictionary(change => change.Id, change => change.State))
            : new StandingEpoch(null, upTo, Nobody);
    }
}

/// <summary>How far a space has come.</summary>
internal sealed record StandingNumbers
{
    /// <summary>The last change of a participant's standing.</summary>
    public long Standing { get; init; }

    /// <summary>How often the status of a credential has changed.</summary>
    public long Status { get; init; }

    /// <summary>The number of the trust list.</summary>
    public long Trust { get; init; }
}
