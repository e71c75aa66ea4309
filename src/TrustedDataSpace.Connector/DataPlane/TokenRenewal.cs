using System.Text.Json.Serialization;
using Microsoft.IdentityModel.JsonWebTokens;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// Keeps the access token of a flow fresh. Renewal is a plain question that the provider answers as often as it is asked: a lost
/// answer never breaks the transfer.
/// </summary>
internal sealed class TokenRenewal(PeerClient peers, ConsumerFlows flows, Database database, TimeProvider clock)
{
    private const string Route = "/data-tokens/{flow}";
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(30);

    /// <summary>Consumer: the flow's token, renewed when it ends soon.</summary>
    public async ValueTask<string> CurrentAsync(ConsumerFlow flow, CancellationToken cancellation)
    {
        if (Serves(flow.Token, clock.GetUtcNow().UtcDateTime))
        {
            return flow.Token;
        }

        var path = Route.Replace("{flow}", Uri.EscapeDataString(flow.Id), StringComparison.Ordinal);
        var answer = await peers.SendAsync(HttpMethod.Post, flow.Provider, path, [], cancellation);
        var renewed = answer.Read<RenewedToken>().AccessToken;
        await database.WriteAsync(unit => flows.Renew(unit, flow, renewed));
        return renewed;
    }

    /// <summary>Provider: renews for the consumer of an open flow, and for nobody else.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(Route, Renew).RequireAuthorization(ServiceHost.SpacePolicy);

    private static bool Serves(string token, DateTime now)
    {
        try
        {
            // Without an end: the provider renews in its own way, or not at all. Issued in the future: a clock was set back, and the
            // provider would refuse it until the clock has caught up.
            var jwt = new JsonWebToken(token);
            return (jwt.ValidTo == DateTime.MinValue || jwt.ValidTo > now + Before) && jwt.IssuedAt < now + Before;
        }
        catch (ArgumentException)
        {
            // Not a JWT: the protocol leaves the form to the provider.
            return true;
        }
    }

    private static RenewedToken Renew(string flow, HttpContext context, ProviderFlows flows, DataTokens tokens)
    {
        var peer = Peers.From(context);
        var found = flows.Find(flow);
        if (found is null || found.Consumer != peer.Id)
        {
            throw new RefusalException(RefusalCode.NotFound, "There is no such flow.");
        }

        return found.End is null
            ? new RenewedToken(tokens.Issue(found.Id, found.AgreementId, found.Consumer))
            : throw new RefusalException(RefusalCode.Forbidden, $"The transfer was {found.End.ToString()!.ToLowerInvariant()}: {found.Reason}") { Term = "transfer" };
    }

    /// <summary>The answer.</summary>
    /// <param name="AccessToken">Next token of the flow.</param>
    internal sealed record RenewedToken([property: JsonPropertyName("access_token")] string AccessToken)
    {
        /// <summary>Redacted.</summary>
        public override string ToString() => "renewed token";
    }
}
