using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>The programs that may sign people in, or sign in by themselves.</summary>
internal sealed partial class ClientService(Database database, AccountStore store, ParticipantStore participants, EvidenceTrail evidence)
{
    /// <summary>Most registered programs of a space.</summary>
    public const int MostClients = 1_000;

    private const int MostRedirectUris = 10;
    private const int LongestRedirectUri = 400;

    private static readonly ClientRow Cli = new()
    {
        Id = OAuthRoutes.CliClient,
        RedirectUris = $"http://127.0.0.1{OAuthRoutes.CliRedirectPath} http://[::1]{OAuthRoutes.CliRedirectPath}",
    };

    /// <summary>The client; null when there is none.</summary>
    public ClientRow? Find(string id) => id == Cli.Id ? Cli : store.FindClient(id);

    /// <exception cref="RefusalException">Malformed, Forbidden, Conflict or LimitReached.</exception>
    public async Task<ClientSecret> RegisterAsync(ClientDefinition definition, ClaimsPrincipal maker)
    {
        Check(definition);
        if (definition.Roles.Count > 0)
        {
            AccountService.CheckRoles(definition.Roles, definition.Participant, participants, maker);
        }

        var secret = definition.Confidential ? SecretHashes.Create("tds_client_") : null;
        var row = await database.WriteAsync(unit =>
        {
            if (AccountStore.CountClients(unit) >= MostClients)
            {
                throw new RefusalException(RefusalCode.LimitReached, $"There are {MostClients} clients: no more are kept.");
            }

            var made = new ClientRow
            {
                Id = definition.Id,
                SecretHash = secret is null ? null : SecretHashes.Hash(secret),
                RedirectUris = string.Join(' ', definition.RedirectUris.Distinct()),
                Roles = AccountService.Joined(definition.Roles),
                Participant = definition.Participant,
                CreatedAt = unit.Now.ToUnixTimeMilliseconds(),
            };
            if (made.Id == Cli.Id || !AccountStore.InsertClient(unit, made))
            {
                throw new RefusalException(RefusalCode.Conflict, $"There is a client '{made.Id}' already.") { Where = "$.id" };
            }

            evidence.Append(unit, EvidenceKinds.ClientRegistered, new { client = made.Id, definition.Confidential, redirectUris = made.RedirectList, roles = made.RoleList, made.Participant });
            return made;
        });
        return new ClientSecret(row.ToView(), secret);
    }

    /// <exception cref="RefusalException">NotFound.</exception>
    public Task RemoveAsync(string id) => database.WriteAsync(unit =>
    {
        if (!AccountStore.RemoveClient(unit, id))
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no client '{id}'.");
        }

        evidence.Append(unit, EvidenceKinds.ClientRemoved, new { client = id });
        SignInStore.RevokeOf(unit, evidence, account: null, client: id, "client_removed");
    });

    /// <summary>Whether the secret is the client's.</summary>
    public static bool Matches(ClientRow client, string secret) => client.SecretHash is { } hash
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(SecretHashes.Hash(secret)));

    /// <summary>Whether people may be sent there: the same text, but for the port on loopback (RFC 8252 §7.3).</summary>
    public static bool MayRedirect(ClientRow client, string uri) => client.RedirectList.Any(known =>
        known == uri || (PortOnLoopback(uri) is { } without && PortOnLoopback(known) == without));

    /// <summary>The address without its port where it is one of loopback, by number; else null.</summary>
    private static string? PortOnLoopback(string uri) => Loopback().Match(uri) is { Success: true } match ? match.Groups[1].Value + match.Groups[2].Value : null;

    private static void Check(ClientDefinition definition)
    {
        if (!IdForm().IsMatch(definition.Id))
        {
            throw Malformed("id", "The id has 1 to 64 of a-z, 0-9, '.', '_' and '-', and begins with a letter or digit.");
        }

        if (definition.RedirectUris.Count > MostRedirectUris || definition.RedirectUris.Any(uri => !IsRedirectUri(uri)))
        {
            throw Malformed("redirectUris", $"At most {MostRedirectUris} addresses of {LongestRedirectUri} characters: https, or http on 127.0.0.1 or [::1]; without fragment, user or space.");
        }

        if (definition.Roles.Count > 0 && !definition.Confidential)
        {
            throw Malformed("roles", "Only a confidential client signs in by itself.");
        }

        if (definition.RedirectUris.Count == 0 && definition.Roles.Count == 0)
        {
            throw Malformed("redirectUris", "A client without redirect addresses and without roles could do nothing.");
        }

        if (definition.Participant is not null && definition.Roles.Count == 0)
        {
            throw Malformed("participant", "It means something only with roles.");
        }
    }

    private static bool IsRedirectUri(string uri) =>
        uri.Length <= LongestRedirectUri
        && uri.All(c => c is > ' ' and <= '~' and not ('"' or '\'' or ';' or ',' or '<' or '>' or '\\'))
        && Uri.TryCreate(uri, UriKind.Absolute, out var parsed)
        && parsed.Fragment.Length == 0 && !uri.Contains('#', StringComparison.Ordinal) && parsed.UserInfo.Length == 0
        && (uri.StartsWith("https://", StringComparison.Ordinal) || PortOnLoopback(uri) is not null);

    private static RefusalException Malformed(string property, string message) => new(RefusalCode.Malformed, message) { Where = "$." + property };

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex IdForm();

    [GeneratedRegex(@"\A(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(/[^#]*)\z")]
    private static partial Regex Loopback();
}
