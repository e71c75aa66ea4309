using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// What a verifier may read of this participant's credentials: what the access token says that it was given; without one, the provider of a transfer that
/// has not ended may read what is shown to whomever this participant calls. So it learns of what comes after a credential that runs out while data flow.
/// </summary>
internal sealed class QueryGrants(AccessGrants grants, Database database, ConnectorSettings settings)
{
    private readonly DcpScope[] shown = [.. settings.Credentials.Shown.Select(type => DcpScope.TryParse(DcpScope.ForType(type), out var scope) ? scope : default)];

    /// <summary>What the caller may read.</summary>
    /// <exception cref="RefusalException">Unauthenticated: nothing.</exception>
    public IReadOnlyList<DcpScope> Of(SelfIssuedIdToken caller) => caller.AccessToken is { } token
        ? grants.Read(token, caller.Issuer)
        : Serves(caller.Issuer.Value) ? shown : throw new RefusalException(RefusalCode.Unauthenticated, "The self-issued ID token holds no access token.") { Term = DcpConstants.TokenClaim };

    private bool Serves(string provider) => database.Read(connection => connection.QuerySingle<bool>(
        "SELECT EXISTS (SELECT 1 FROM transfers WHERE space_id = @Space AND role = @Role AND counterparty = @provider AND state NOT IN (@Completed, @Terminated))",
        new { Space = settings.Space.Id, Role = Dsp.DspProcess.NameOf(DspRole.Consumer), provider, TransferStates.Completed, TransferStates.Terminated }));
}
