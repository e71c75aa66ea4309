using System.Text;
using Dapper;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>The table <c>negotiation_rounds</c>: what was on the table, round by round, as it was sent.</summary>
internal sealed class RoundStore(Database database, ServiceSettings settings)
{
    private const string Select =
        """
        SELECT number AS Number, made_by AS MadeBy, state AS State, made_at AS MadeAt, policy AS Policy, hash AS Hash, changes AS Changes
        FROM negotiation_rounds WHERE space_id = @Space AND negotiation = @negotiation
        """;

    private static readonly string NoChanges = "[]";

    /// <summary>The document of a round.</summary>
    public PolicyDocument Policy(string negotiation, long number) => PolicyDocument.Parse(database.Read(connection => connection.QuerySingle<RoundRow>(
        Select + " AND number = @number", new { Space = settings.Space.Id, negotiation, number })).Policy);

    /// <summary>Oldest first; one more than <paramref name="size"/> when there are more.</summary>
    public IReadOnlyList<NegotiationRound> Page(string negotiation, long after, int size) => [.. database.Read(connection => connection.Query<RoundRow>(
        Select + " AND number > @after ORDER BY number LIMIT @Limit",
        new { Space = settings.Space.Id, negotiation, after, Limit = size + 1 }).AsList()).Select(row => row.ToView())];

    /// <summary>Hash of the document that began the negotiation; null for one that is older than the rounds.</summary>
    public static string? FirstHash(UnitOfWork unit, string negotiation) =>
        unit.Find<RoundRow>(Select + " AND number = 1", new { unit.Space, negotiation })?.Hash;

    /// <summary>Adds the next round of a negotiation that has just entered its new state.</summary>
    public static void Add(UnitOfWork unit, NegotiationRecord entered, DspRole by)
    {
        var policy = entered.State == NegotiationStates.Agreed ? entered.AgreementDocument : entered.OfferDocument;
        unit.Execute(
            """
            INSERT INTO negotiation_rounds (space_id, negotiation, number, made_by, state, made_at, policy, hash, changes)
            VALUES (@Space, @Id, @Round, @By, @State, @Now, @Policy, @Hash, @Changes)
            """,
            new
            {
                unit.Space,
                entered.Id,
                entered.Round,
                By = DspProcess.NameOf(by),
                entered.State,
                Now = unit.Now.ToUnixTimeMilliseconds(),
                Policy = policy.ToString(),
                policy.Hash,
                Changes = Changes(unit, entered, policy),
            });
    }

    private static string Changes(UnitOfWork unit, NegotiationRecord entered, PolicyDocument policy)
    {
        if (entered.Round <= 1
            || unit.Find<RoundRow>(Select + " AND number = @Number", new { unit.Space, negotiation = entered.Id, Number = entered.Round - 1 }) is not { } before)
        {
            return NoChanges;
        }

        var changes = PolicyDiff.Between(PolicyDocument.Parse(before.Policy), policy);
        return changes.Count == 0 ? NoChanges : Encoding.UTF8.GetString(ProtocolJson.Write(changes));
    }

    private sealed record RoundRow
    {
        public long Number { get; init; }

        public string MadeBy { get; init; } = "";

        public string State { get; init; } = "";

        public long MadeAt { get; init; }

        public string Policy { get; init; } = "";

        public string Hash { get; init; } = "";

        /// <summary>JSON array of <see cref="PolicyChange"/>.</summary>
        public string Changes { get; init; } = "";

        public NegotiationRound ToView() => new()
        {
            Number = Number,
            By = MadeBy,
            State = State,
            At = DateTimeOffset.FromUnixTimeMilliseconds(MadeAt),
            Policy = PolicyDocument.Parse(Policy).Element,
            Hash = Hash,
            Changes = ProtocolJson.Read<List<PolicyChange>>(Encoding.UTF8.GetBytes(Changes)),
        };
    }
}
