using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Connector.Identity;

/// <summary>How this participant stands, as the authority last told it. In the database, so that whoever waits for it is woken by the commit.</summary>
internal sealed class MembershipState(Database database, ConnectorSettings settings)
{
    /// <summary>Before the authority has answered for the first time.</summary>
    public const string Unknown = "unknown";

    /// <summary>One of <see cref="ParticipantStates"/>, or <see cref="Unknown"/>.</summary>
    public string Current => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT state FROM membership WHERE space_id = @Space", new { Space = settings.Space.Id })) ?? Unknown;

    /// <summary>Whether the participant is a member with all rights.</summary>
    public bool IsActive => Current == ParticipantStates.Active;

    /// <summary>Notes what the authority said.</summary>
    public Task RecordAsync(string state) => database.WriteAsync(unit => unit.Execute(
        """
        INSERT INTO membership (space_id, state, changed_at) VALUES (@Space, @state, @Now)
        ON CONFLICT (space_id) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at WHERE membership.state <> excluded.state
        """,
        new { unit.Space, state, Now = unit.Now.ToUnixTimeMilliseconds() }));
}
