using Dapper;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Policies.Denials;

/// <summary>
/// Denials as evidence. The log has codes, terms and a commitment to the question; the question itself, in which values of the case stand,
/// stays here, sealed, and with it the policies that answered: for <see cref="PolicyOptions.KeepDenied"/> anybody with the right to ask can
/// put the same question again.
/// </summary>
internal sealed class DenialEvidence(EvidenceTrail evidence, KeyStore keys, KeptPolicies policies, Database database, ConnectorSettings settings, TimeProvider clock)
{
    /// <summary>Writes the entry, and keeps the question.</summary>
    /// <param name="unit">The unit of work that acts on the denial.</param>
    /// <param name="decision">The denial.</param>
    /// <param name="data">What the entry says, given the commitment to the question; that is null when no rule was asked.</param>
    /// <param name="agreement">Agreement, if there is one.</param>
    /// <param name="process">Negotiation, transfer or flow.</param>
    public void Record(UnitOfWork unit, PolicyDecision decision, Func<string?, object> data, string? agreement, string? process)
    {
        if (decision.Question is not { } question)
        {
            evidence.Append(unit, EvidenceKinds.DecisionDenied, data(null), agreement, process);
            return;
        }

        var salt = Commitment.NewSalt();
        var entry = evidence.Append(unit, EvidenceKinds.DecisionDenied, data(Commitment.Create(salt, question.Span)), agreement, process);
        unit.Execute(
            "INSERT INTO denied_questions (space_id, entry, revision, salt, question, kept_until) VALUES (@Space, @Id, @Revision, @Salt, @Question, @Until)",
            new
            {
                unit.Space,
                entry.Id,
                decision.Revision,
                Salt = Convert.ToBase64String(salt),
                Question = keys.Seal(question.Span, Context(entry.Id)),
                Until = (unit.Now + settings.Policies.KeepDenied).ToUnixTimeMilliseconds(),
            });
    }

    /// <summary>Takes away the questions that are past their time.</summary>
    public async Task SweepAsync()
    {
        const int AtOnce = 1_000;
        while (await database.WriteAsync(unit => unit.Execute(
            """
            DELETE FROM denied_questions WHERE space_id = @Space AND entry IN (
                SELECT entry FROM denied_questions WHERE space_id = @Space AND kept_until < @Now ORDER BY kept_until LIMIT @AtOnce)
            """,
            new { unit.Space, Now = unit.Now.ToUnixTimeMilliseconds(), AtOnce })) == AtOnce)
        {
            // More than one unit of work should take: the others get their turn in between.
        }
    }

    /// <summary>The denial behind an entry of the evidence.</summary>
    /// <exception cref="RefusalException">NotFound: no such entry here, or what was kept of it is over.</exception>
    public DenialView Find(string id)
    {
        if (evidence.Between(id, id) is not [{ Kind: EvidenceKinds.DecisionDenied } entry])
        {
            throw new RefusalException(RefusalCode.NotFound, $"This connector has written no denial '{id}'.") { Where = "id", Remedy = "ask the connector that is the source of the entry" };
        }

        var row = database.Read(connection => connection.QuerySingleOrDefault<Row>(
            "SELECT revision AS Revision, salt AS Salt, question AS Question, kept_until AS KeptUntil FROM denied_questions WHERE space_id = @Space AND entry = @id AND kept_until >= @Now",
            new { Space = settings.Space.Id, id, Now = clock.GetUtcNow().ToUnixTimeMilliseconds() }));
        if (row is null)
        {
            throw new RefusalException(RefusalCode.NotFound, "The question of this denial is not kept: no rule was asked, the flow was denied for the same reasons before in that minute, or its time is over.")
            {
                Where = "question",
                Remedy = "the entry's reasons say what is known; Policies:KeepDenied says how long questions are kept",
            };
        }

        var question = keys.Open(row.Question, Context(id));
        return new DenialView
        {
            Entry = entry,
            Revision = row.Revision,
            Salt = row.Salt,
            Question = Convert.ToBase64String(question),
            KeptUntil = DateTimeOffset.FromUnixTimeMilliseconds(row.KeptUntil),
            Policies = policies.Find(row.Revision) is { } archive ? Convert.ToBase64String(archive) : null,
        };
    }

    private static string Context(string entry) => "denied question " + entry;

    private sealed record Row
    {
        public string Revision { get; init; } = "";

        public string Salt { get; init; } = "";

        public string Question { get; init; } = "";

        public long KeptUntil { get; init; }
    }
}
