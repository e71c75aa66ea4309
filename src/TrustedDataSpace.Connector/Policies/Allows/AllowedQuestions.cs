using System.Globalization;
using System.Text.Json;
using Dapper;
using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Policies.Allows;

/// <summary>
/// The questions of decisions that allowed use, sealed, and the evidence that commits to them: one entry for each interval, beside its record. Like those
/// of denials they are here for <see cref="PolicyOptions.KeepDenied"/> after they were last used.
/// </summary>
internal sealed class AllowedQuestions(EvidenceTrail evidence, KeyStore keys, KeptPolicies policies, Database database, ConnectorSettings settings, TimeProvider clock)
{
    /// <summary>Notes that a decision was used in an interval. The same again changes nothing.</summary>
    public void Save(UnitOfWork unit, AllowNote note, string flow, long interval)
    {
        var question = note.Question;
        if (!question.IsEmpty)
        {
            var salt = Commitment.NewSalt();
            unit.Execute(
                """
                INSERT INTO allowed_questions (space_id, id, revision, permission, purpose, stage, salt, commitment, question, kept_until)
                VALUES (@Space, @Id, @Revision, @Permission, @Purpose, @Stage, @Salt, @Commitment, @Question, @Until) ON CONFLICT DO NOTHING
                """,
                new
                {
                    unit.Space,
                    note.Id,
                    note.Revision,
                    note.Permission,
                    note.Purpose,
                    Stage = JsonNamingPolicy.CamelCase.ConvertName(note.Stage.ToString()),
                    Salt = Convert.ToBase64String(salt),
                    Commitment = Commitment.Create(salt, question.Span),
                    Question = keys.Seal(question.Span, Context(note.Id)),
                    Until = Until(unit),
                });
            unit.OnCommitted(note.Forget);
        }

        unit.Execute("INSERT INTO allowed_uses (space_id, flow, interval_no, question) VALUES (@Space, @flow, @interval, @Id) ON CONFLICT DO NOTHING", new { unit.Space, flow, interval, note.Id });
    }

    /// <summary>The interval is recorded: its decisions become evidence beside the record.</summary>
    /// <param name="unit">The unit of work that records it.</param>
    /// <param name="record">The record.</param>
    /// <param name="more">How many decisions there were of which no question is kept.</param>
    public void Record(UnitOfWork unit, UsageRecord record, int more)
    {
        var decisions = unit.Query<DecisionRow>(Select + From + "WHERE u.space_id = @Space AND u.flow = @Flow AND u.interval_no = @Interval ORDER BY q.id", new { unit.Space, record.Flow, record.Interval });
        more += (int)unit.Find<long>("SELECT count(*) FROM allowed_uses WHERE space_id = @Space AND flow = @Flow AND interval_no = @Interval", new { unit.Space, record.Flow, record.Interval }) - decisions.Count;
        if (decisions.Count == 0 && more == 0)
        {
            return;
        }

        var entry = evidence.Append(
            unit,
            EvidenceKinds.UsageDecided,
            new
            {
                record.Interval,
                record = CanonicalJson.Hash(ProtocolJson.ToElement(record)),
                decisions = decisions.Select(row => new { question = row.Commitment, row.Revision, row.Permission, row.Purpose, row.Stage }),
                more,
            },
            record.AgreementId,
            record.Flow);
        unit.Execute("UPDATE allowed_uses SET entry = @Id WHERE space_id = @Space AND flow = @Flow AND interval_no = @Interval", new { unit.Space, entry.Id, record.Flow, record.Interval });
        unit.Execute(
            "UPDATE allowed_questions SET kept_until = @Until WHERE space_id = @Space AND id IN (SELECT question FROM allowed_uses WHERE space_id = @Space AND flow = @Flow AND interval_no = @Interval)",
            new { unit.Space, Until = Until(unit), record.Flow, record.Interval });
    }

    /// <summary>Takes away what is past its time.</summary>
    public async Task SweepAsync()
    {
        const int AtOnce = 1_000;
        while (await database.WriteAsync(unit => unit.Execute(
            "DELETE FROM allowed_questions WHERE space_id = @Space AND id IN (SELECT id FROM allowed_questions WHERE space_id = @Space AND kept_until < @Now ORDER BY kept_until LIMIT @AtOnce)",
            new { unit.Space, Now = unit.Now.ToUnixTimeMilliseconds(), AtOnce })) == AtOnce
            | await database.WriteAsync(unit => unit.Execute(
            """
            DELETE FROM allowed_uses WHERE space_id = @Space AND (flow, interval_no, question) IN (
                SELECT flow, interval_no, question FROM allowed_uses WHERE space_id = @Space AND interval_no < @Oldest ORDER BY interval_no LIMIT @AtOnce)
            """,
            new { unit.Space, Oldest = UsageInterval.At(unit.Now - settings.Policies.KeepDenied), AtOnce })) == AtOnce)
        {
            // More than one unit of work should take: the others get their turn in between.
        }
    }

    /// <summary>The decisions behind an entry of the evidence.</summary>
    /// <exception cref="RefusalException">NotFound: no such entry here.</exception>
    public AllowView Find(string id)
    {
        if (evidence.Between(id, id) is not [{ Kind: EvidenceKinds.UsageDecided } entry])
        {
            throw new RefusalException(RefusalCode.NotFound, $"This connector has written no decisions '{id}'.") { Where = "id", Remedy = "ask the connector that is the source of the entry" };
        }

        var rows = database.Read(connection => connection.Query<DecisionRow>(
            Select + ", q.question AS Question" + From + "WHERE u.space_id = @Space AND u.entry = @id AND q.kept_until >= @Now ORDER BY q.id", new { Space = settings.Space.Id, id, Now = clock.GetUtcNow().ToUnixTimeMilliseconds() }).AsList());
        return new AllowView
        {
            Entry = entry,
            Decisions =
            [
                .. rows.Select(row => new AllowedDecision
                {
                    Commitment = row.Commitment,
                    Revision = row.Revision,
                    Salt = row.Salt,
                    Question = Convert.ToBase64String(keys.Open(row.Question, Context(row.Id))),
                    KeptUntil = DateTimeOffset.FromUnixTimeMilliseconds(row.KeptUntil),
                }),
            ],
            Policies = rows.Select(row => row.Revision).Distinct().Select(revision => (Revision: revision, Archive: policies.Find(revision))).Where(kept => kept.Archive is not null)
                .ToDictionary(kept => kept.Revision, kept => Convert.ToBase64String(kept.Archive!)),
        };
    }

    /// <summary>The same, for an interval of a flow.</summary>
    /// <exception cref="RefusalException">NotFound: nothing of it is kept here.</exception>
    public AllowView Find(string flow, string interval) => long.TryParse(interval, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && database.Read(connection => connection.QueryFirstOrDefault<string>(
        "SELECT entry FROM allowed_uses WHERE space_id = @Space AND flow = @flow AND interval_no = @number AND entry IS NOT NULL", new { Space = settings.Space.Id, flow, number })) is { } id
        ? Find(id)
        : throw new RefusalException(RefusalCode.NotFound, "No decisions of that interval are kept: it is not recorded yet, another connector is its provider, or its time is over.")
        {
            Where = "interval",
            Remedy = "ask the provider's connector; Policies:KeepDenied says how long questions are kept",
        };

    private const string Select = "SELECT q.id AS Id, q.revision AS Revision, q.permission AS Permission, q.purpose AS Purpose, q.stage AS Stage, q.salt AS Salt, q.commitment AS Commitment, q.kept_until AS KeptUntil";

    private const string From = " FROM allowed_uses u JOIN allowed_questions q ON q.space_id = u.space_id AND q.id = u.question ";

    private long Until(UnitOfWork unit) => (unit.Now + settings.Policies.KeepDenied).ToUnixTimeMilliseconds();

    private static string Context(string id) => "allowed question " + id;

    private sealed record DecisionRow
    {
        public string Id { get; init; } = "";

        public string Revision { get; init; } = "";

        public string Permission { get; init; } = "";

        public string? Purpose { get; init; }

        public string Stage { get; init; } = "";

        public string Salt { get; init; } = "";

        public string Commitment { get; init; } = "";

        public string Question { get; init; } = "";

        public long KeptUntil { get; init; }
    }
}
