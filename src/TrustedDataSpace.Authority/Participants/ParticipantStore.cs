using System.Text;
using Dapper;
using TrustedDataSpace.Authority.Standing;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>The participants of the space in the database.</summary>
internal sealed class ParticipantStore(Database database, AuthoritySettings settings)
{
    private const string Columns =
        "id AS Id, name AS Name, region AS Region, roles AS Roles, endpoint AS Endpoint, jwk AS Jwk, state AS State, credential AS Credential, credential_ends AS CredentialEnds, organisation AS Organisation";

    private const string One = $"SELECT {Columns} FROM participants WHERE space_id = @Space AND id = @id";

    public ParticipantRow? Find(string id) => database.Read(connection =>
        connection.QuerySingleOrDefault<ParticipantRow>(One, new { Space = settings.Space.Id, id }));

    public List<ParticipantRow> Page(string? state, string? after, int most) => database.Read(connection => connection.Query<ParticipantRow>(
        $"SELECT {Columns} FROM participants WHERE space_id = @Space {(state is null ? "" : "AND state = @state")} AND id > @after ORDER BY id LIMIT @most",
        new { Space = settings.Space.Id, state, after = after ?? "", most }).AsList());

    public static ParticipantRow? Find(UnitOfWork unit, string id) => unit.Find<ParticipantRow>(One, new { unit.Space, id });

    public static long CountPending(UnitOfWork unit) => unit.Find<long>(
        "SELECT count(*) FROM participants WHERE space_id = @Space AND state = @State",
        new { unit.Space, State = ParticipantStates.Applied });

    public static void Insert(UnitOfWork unit, ParticipantApplication application) => unit.Execute(
        """
        INSERT INTO participants (space_id, id, name, region, roles, endpoint, jwk, state, applied_at)
        VALUES (@Space, @Id, @Name, @Region, @Roles, @Endpoint, @Jwk, @State, @Now)
        """,
        new
        {
            unit.Space,
            Id = application.Id.Value,
            application.Name,
            application.Region,
            Roles = Encoding.UTF8.GetString(ProtocolJson.Write(application.Roles)),
            Endpoint = application.Endpoint.AbsoluteUri,
            Jwk = Encoding.UTF8.GetString(ProtocolJson.Write(application.Key)),
            State = ParticipantStates.Applied,
            Now = unit.Now.ToUnixTimeMilliseconds(),
        });

    public static void SetState(UnitOfWork unit, string id, string state)
    {
        unit.Execute("UPDATE participants SET state = @state WHERE space_id = @Space AND id = @id", new { unit.Space, id, state });
        StandingChanges.Note(unit, id);
    }

    public static List<ParticipantRow> Active(UnitOfWork unit) => unit.Query<ParticipantRow>(
        $"SELECT {Columns} FROM participants WHERE space_id = @Space AND state = @State ORDER BY id", new { unit.Space, State = ParticipantStates.Active });

    public static void SetKey(UnitOfWork unit, string id, PublicKey key)
    {
        unit.Execute(
            "UPDATE participants SET jwk = @Jwk WHERE space_id = @Space AND id = @id",
            new { unit.Space, id, Jwk = Encoding.UTF8.GetString(ProtocolJson.Write(key.Jwk)) });
        StandingChanges.Note(unit, id);
    }

    public static void Remove(UnitOfWork unit, string id)
    {
        unit.Execute("DELETE FROM former_keys WHERE space_id = @Space AND participant = @id", new { unit.Space, id });
        unit.Execute("DELETE FROM participants WHERE space_id = @Space AND id = @id", new { unit.Space, id });
    }

    public static void SetCredential(UnitOfWork unit, string id, string credential, DateTimeOffset ends) => unit.Execute(
        "UPDATE participants SET credential = @credential, credential_ends = @Ends WHERE space_id = @Space AND id = @id",
        new { unit.Space, id, credential, Ends = ends.ToUnixTimeMilliseconds() });

    public static void RemoveCredential(UnitOfWork unit, string id) => unit.Execute(
        "UPDATE participants SET credential = NULL WHERE space_id = @Space AND id = @id", new { unit.Space, id });

    /// <summary>Keeps who stands behind the participant, and the salt of the commitment to it.</summary>
    /// <returns>The commitment, for the log.</returns>
    public static string SetOrganisation(UnitOfWork unit, string id, Organisation organisation)
    {
        var salt = Commitment.NewSalt();
        var text = CanonicalJson.Bytes(organisation);
        unit.Execute(
            "UPDATE participants SET organisation = @Text, organisation_salt = @Salt WHERE space_id = @Space AND id = @id",
            new { unit.Space, id, Text = Encoding.UTF8.GetString(text), Salt = Convert.ToBase64String(salt) });
        return Commitment.Create(salt, text);
    }

    public static void SetEndpoint(UnitOfWork unit, string id, Uri endpoint)
    {
        unit.Execute("UPDATE participants SET endpoint = @Endpoint WHERE space_id = @Space AND id = @id", new { unit.Space, id, Endpoint = endpoint.AbsoluteUri });
        StandingChanges.Note(unit, id);
    }
}
