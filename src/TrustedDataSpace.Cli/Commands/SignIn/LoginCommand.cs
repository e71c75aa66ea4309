using System.Buffers.Text;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands.SignIn;

/// <summary><c>tds login</c> and <c>tds logout</c>: authorisation code with PKCE through a listener on loopback.</summary>
internal static class LoginCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public static Command Login()
    {
        var issuer = new Argument<string>("ISSUER_URL") { Description = "Address of the authority, or of another OpenID provider, for example https://authority.grid.example." };
        var service = new Option<string?>("--service") { Description = "Address of the service that you manage, where it is not the authority: your connector.", HelpName = "URL" };
        var scope = new Option<string[]>("--scope") { Description = "A scope to ask for, such as evidence:read; may be repeated. Default: all that your roles open." };
        var client = new Option<string>("--client") { Description = "Client id at another provider.", DefaultValueFactory = _ => OAuthRoutes.CliClient };
        var command = new Command("login", "Sign in with a browser. The token is kept in a file of yours; commands with --url find it there.") { issuer, service, scope, client };
        command.SetAction((parsed, cancellation) => LoginAsync(
            parsed.GetValue(issuer)!.TrimEnd('/'),
            (parsed.GetValue(service) ?? parsed.GetValue(issuer)!).TrimEnd('/'),
            parsed.GetValue(scope) ?? [],
            parsed.GetValue(client)!,
            parsed.InvocationConfiguration.Output,
            cancellation));
        return command;
    }

    public static Command Logout()
    {
        var service = new Argument<string?>("SERVICE_URL") { Description = "Address of the service; without it, of all.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("logout", "End what 'tds login' has got, here and at the provider.") { service };
        command.SetAction(async (parsed, _) =>
        {
            var named = parsed.GetValue(service)?.TrimEnd('/');
            var logins = named is null ? SavedLogin.All() : SavedLogin.Find(named) is { } one ? [one] : [];
            using var http = ServiceClient.CreateHttp();
            foreach (var login in logins)
            {
                var revoked = TokenEndpointClient.Revoke(login, http);
                login.Delete();
                await parsed.InvocationConfiguration.Output.WriteLineAsync(
                    revoked ? $"signed out of {login.Service}" : $"forgot the login for {login.Service}; {login.Issuer} did not end it, so it ends by itself");
            }

            if (logins.Count == 0)
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync("Nobody is signed in.");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> LoginAsync(string issuer, string service, string[] scopes, string client, TextWriter output, CancellationToken cancellation)
    {
        foreach (var address in new[] { issuer, service })
        {
            if (!TokenEndpointClient.IsSafe(address))
            {
                throw new CannotStartException($"'{address}' is neither an https:// address nor http:// on loopback.");
            }
        }

        using var http = ServiceClient.CreateHttp();
        var provider = await TokenEndpointClient.DiscoverAsync(issuer, http, cancellation);
        var (state, verifier) = (Secret(), Secret());
        await using var listener = await LoopbackListener.StartAsync(state, cancellation);
        await output.WriteLineAsync("Open this address in a browser on this machine and sign in:");
        await output.WriteLineAsync(Address(provider, client, listener.Address, state, verifier, scopes));

        var tokens = await ExchangeAsync(provider, client, verifier, listener, http, cancellation);
        var login = new SavedLogin
        {
            Service = service,
            Issuer = provider.Issuer,
            TokenEndpoint = provider.TokenEndpoint,
            RevocationEndpoint = provider.RevocationEndpoint,
            Client = client,
            AccessToken = tokens.AccessToken,
            ExpiresAt = TimeProvider.System.GetUtcNow().AddSeconds(tokens.ExpiresIn),
            RefreshToken = tokens.RefreshToken,
        };
        login.Save();
        await output.WriteLineAsync($"Signed in to {service}. Commands with --url {service} use {SavedLogin.FileFor(service)} (mode 0600); 'tds logout' ends it.");
        return ExitCode.Ok;
    }

    private static async Task<TokenResponse> ExchangeAsync(Provider provider, string client, string verifier, LoopbackListener listener, HttpClient http, CancellationToken cancellation)
    {
        IQueryCollection answer;
        try
        {
            answer = await listener.AnswerAsync(Longest, cancellation);
        }
        catch (TimeoutException failure)
        {
            throw new CannotStartException($"Nobody has signed in within {Longest.TotalMinutes} minutes.", failure);
        }

        // RFC 9207 §2.4: an answer of another provider must not get its code sent to this one.
        if ((provider.SendsIssuer || answer.ContainsKey("iss")) && answer["iss"] != provider.Issuer)
        {
            throw new CannotStartException("The answer came from another issuer than the one that was asked.");
        }

        if (answer["code"].ToString() is not { Length: > 0 } code)
        {
            throw new CannotStartException($"{provider.Issuer} refuses: {Printable(answer["error"].ToString())}.");
        }

        return TokenEndpointClient.Ask(
            provider.TokenEndpoint,
            new Dictionary<string, string>
            {
                ["grant_type"] = "authorization_code",
                ["client_id"] = client,
                ["code"] = code,
                ["redirect_uri"] = listener.Address,
                ["code_verifier"] = verifier,
            },
            http);
    }

    private static string Address(Provider provider, string client, string redirect, string state, string verifier, string[] scopes)
    {
        var query = new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = client,
            ["redirect_uri"] = redirect,
            ["scope"] = string.Join(' ', ["offline_access", .. scopes]),
            ["state"] = state,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        return provider.AuthorizationEndpoint + "?" + string.Join('&', query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
    }

    private static string Secret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static string Printable(string text) => string.Concat(text.Where(c => c is > ' ' and <= '~').Take(100));
}
