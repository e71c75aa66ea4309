using System.Text;
using System.Text.Json;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Answers presentation queries (DCP §5.4): never more than is asked for, never more than the access token allows, presentations of one profile
/// each, made for the verifier who asks. Of each issuer, type and profile the newest comes first: those that it has replaced crowd nothing out.
/// </summary>
internal sealed class PresentationAnswers(Database database, KeyStore keys, QueryGrants grants, SelfIssuedSender sender)
{
    private const int MostCredentials = 50;

    // More in one, verifiers refuse.
    private const int MostInOne = 20;

    /// <summary>The answer to a query.</summary>
    /// <param name="caller">Who asks, with the access token that this participant gave.</param>
    /// <param name="query">What is asked for.</param>
    /// <exception cref="RefusalException">Unauthenticated: no access token that it needs, or not this caller's; Malformed: no scope; Unsupported: a presentation definition.</exception>
    public PresentationResponseMessage Answer(SelfIssuedIdToken caller, PresentationQueryMessage query)
    {
        var allowed = grants.Of(caller);
        if (query.Scope is not { } scopes)
        {
            throw new RefusalException(RefusalCode.Unsupported, "Presentation definitions are not supported here.") { Term = "presentationDefinition", Remedy = "ask by scope" };
        }

        var asked = Parse(scopes);
        var chosen = database.Read(connection => CredentialStore.Valid(connection, sender.Space, sender.Now))
            .Where(row => asked.Any(scope => Covers(scope, row)) && allowed.Any(scope => Covers(scope, row)))
            .Reverse()
            .GroupBy(row => (row.Issuer, row.Types, row.Profile))
            .SelectMany(group => group.Select((row, age) => (Row: row, Age: age)))
            .OrderBy(one => one.Age)
            .Take(MostCredentials)
            .Select(one => one.Row)
            .Select(row => (row.Profile, Jwt: Encoding.ASCII.GetString(keys.Open(row.Sealed, HeldRow.Context(row.Id)))))
            .ToList();
        return new PresentationResponseMessage { Presentation = [.. chosen.GroupBy(row => row.Profile).SelectMany(group => group.Chunk(MostInOne).Select(part => Present(caller.Issuer, group.Key, [.. part.Select(row => row.Jwt)])))] };
    }

    private JsonElement Present(Did verifier, string profile, IReadOnlyList<string> credentials) =>
        JsonSerializer.SerializeToElement(sender.Present(verifier, credentials, CredentialProfiles.TryParse(profile, out var known) ? known : throw new InvalidOperationException($"'{profile}' is no profile.")));

    private static List<DcpScope> Parse(IReadOnlyList<string> scopes)
    {
        if (scopes.Count > AccessGrants.MostScopes)
        {
            throw new RefusalException(RefusalCode.Malformed, $"More than {AccessGrants.MostScopes} scopes are asked for.") { Where = "$.scope" };
        }

        return [.. scopes.Select((text, i) => DcpScope.TryParse(text, out var scope) ? scope : throw new RefusalException(RefusalCode.Malformed, "It is no scope that is known here.")
        {
            Where = $"$.scope[{i}]",
            Remedy = $"ask for {DcpScope.ByType}:TYPE:read or {DcpScope.ById}:ID",
        })];
    }

    private static bool Covers(DcpScope scope, HeldRow row) => scope.Covers(row.TypeList, row.CredentialId);
}
