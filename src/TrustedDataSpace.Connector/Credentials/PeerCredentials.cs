using Dapper;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>The table <c>peer_credentials</c>: what peers have shown, as it was signed. What is read from it is verified anew.</summary>
internal sealed class PeerCredentials(Database database, KeyStore sealing, ConnectorSettings settings)
{
    /// <summary>What the peer has shown last.</summary>
    public IReadOnlyList<string> Of(string holder) => database.Read(connection => connection.QuerySingleOrDefault<string>(
        "SELECT sealed FROM peer_credentials WHERE space_id = @Space AND holder = @holder", new { Space = settings.Space.Id, holder })) is { } box
            ? ProtocolJson.Read<IReadOnlyList<string>>(sealing.Open(box, Context(holder)))
            : [];

    /// <summary>What it has shown now takes the place of what it has shown before.</summary>
    /// <param name="holder">The peer.</param>
    /// <param name="signed">The credentials.</param>
    /// <param name="until">When the last of them ends.</param>
    public Task PutAsync(string holder, IReadOnlyList<string> signed, DateTimeOffset until)
    {
        var box = sealing.Seal(ProtocolJson.Write(signed), Context(holder));
        return database.WriteAsync(unit =>
        {
            unit.Execute("DELETE FROM peer_credentials WHERE space_id = @Space AND (holder = @holder OR valid_until <= @Now)", new { unit.Space, holder, Now = unit.Now.ToUnixTimeMilliseconds() });
            if (signed.Count > 0)
            {
                unit.Execute(
                    "INSERT INTO peer_credentials (space_id, holder, sealed, valid_until) VALUES (@Space, @holder, @box, @Until)",
                    new { unit.Space, holder, box, Until = until.ToUnixTimeMilliseconds() });
            }
        });
    }

    private static string Context(string holder) => "peer-credentials:" + holder;
}
