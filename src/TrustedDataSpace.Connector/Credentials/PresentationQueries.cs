using System.Text.Json;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Asks holders for their credentials and verifies what they present (DCP §5.4): made by the holder for this participant, about the holder, by believed
/// issuers, valid, as their schemas say. Whether it was revoked is looked at each time that it is relied on.
/// </summary>
internal sealed class PresentationQueries(DcpServices services, KeyResolver keys, CredentialChecks checks, UsedTokens used, SelfIssuedSender me, TimeProvider clock)
{
    private const int MostPresentations = 10;
    private const int MostCredentials = 50;

    /// <summary>Asks.</summary>
    /// <param name="holder">Whom.</param>
    /// <param name="accessToken">What it has given for asking; null: it lets those ask whose contracts it uses.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="RefusalException">Unauthenticated: what it presents is not in order, or what must be shown is not; as the calls of <see cref="DcpServices"/>.</exception>
    public async Task<Presented> AskAsync(Did holder, string? accessToken, CancellationToken cancellation)
    {
        var answer = await services.QueryAsync(holder, accessToken, new PresentationQueryMessage { Scope = checks.Scopes }, cancellation);
        var (credentials, texts, ends) = await ReadAsync(holder, answer, cancellation);
        return new Presented(await checks.KeepAsync(holder, credentials, texts, cancellation), ends);
    }

    private async Task<(List<VerifiableCredential> Credentials, HashSet<string> Texts, DateTimeOffset? Ends)> ReadAsync(Did holder, PresentationResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.Presentation.Count is 0 or > MostPresentations)
        {
            throw Refuse($"there must be 1 to {MostPresentations}");
        }

        var expected = new PresentationExpectation { Holder = holder, Audience = me.Did, Believes = checks.Knows };
        var credentials = new List<VerifiableCredential>();
        var texts = new HashSet<string>(StringComparer.Ordinal);
        DateTimeOffset? ends = null;
        foreach (var text in answer.Presentation)
        {
            if (text.ValueKind != JsonValueKind.String)
            {
                throw Refuse("only signed texts are read");
            }

            var presentation = await PresentationJwt.VerifyAsync(text.GetString()!, expected, keys, clock.GetUtcNow(), cancellation);
            used.Use(holder.Value, "vp:" + presentation.Id, presentation.ExpiresAt + CredentialJwt.Leeway);
            credentials.AddRange(presentation.Credentials);
            texts.UnionWith(presentation.Texts);
            ends = ends is { } earlier && earlier < presentation.ExpiresAt ? earlier : presentation.ExpiresAt;
        }

        // Those of issuers that nobody here believes say nothing, and nothing is fetched for them.
        credentials.RemoveAll(credential => !checks.Trusts(credential));
        return credentials.Count <= MostCredentials ? (credentials, texts, ends) : throw Refuse($"there are more than {MostCredentials} credentials");
    }

    private static RefusalException Refuse(string why) => new(RefusalCode.Unauthenticated, $"The presentations are refused: {why}.") { Term = "presentation" };
}

/// <summary>What a holder has presented.</summary>
/// <param name="Shown">The credentials.</param>
/// <param name="Ends">When the first of the presentations ends.</param>
internal sealed record Presented(ShownCredentials Shown, DateTimeOffset? Ends);
