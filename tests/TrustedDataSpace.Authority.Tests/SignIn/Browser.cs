using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Web;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.SignIn;

/// <summary>A person with a browser, and the program it signs in with.</summary>
internal sealed partial class Browser(AuthorityUnderTest authority) : IDisposable
{
    public const string Redirect = "http://127.0.0.1:53211/callback";
    public const string Password = "correct horse battery staple";

    private readonly HttpClient http = new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() });

    public string Verifier { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>An account that has chosen <see cref="Password"/>.</summary>
    public static async Task<AccountView> PersonAsync(AuthorityUnderTest authority, string name = "anna", string role = AccountRoles.Operator, string? participant = null)
    {
        var made = await MadeAsync(authority, name, role, participant);
        using var browser = new Browser(authority);
        var answer = await browser.SignInAsync(name, made.Secret, chosen: Password);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return made.Account;
    }

    public static Task<AccountSecret> MadeAsync(AuthorityUnderTest authority, string name, string role = AccountRoles.Operator, string? participant = null) =>
        authority.OkAsync<AccountSecret>(HttpMethod.Post, OAuthRoutes.Accounts, AuthorityUnderTest.Operator, new AccountDefinition { Name = name, Roles = [role], Participant = participant });

    public static Dictionary<string, string?> Request(string challenge) => new()
    {
        ["response_type"] = "code",
        ["client_id"] = OAuthRoutes.CliClient,
        ["redirect_uri"] = Redirect,
        ["scope"] = "openid offline_access",
        ["state"] = "s/1 &2",
        ["nonce"] = "n1",
        ["code_challenge"] = challenge,
        ["code_challenge_method"] = "S256",
    };

    public string Address(Action<Dictionary<string, string?>>? change = null)
    {
        var query = Request(ChallengeOf(Verifier));
        change?.Invoke(query);
        return authority.Url + OAuthRoutes.Authorize + "?" + string.Join('&', query.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value!)}"));
    }

    public Task<HttpResponseMessage> OpenAsync(string address) => http.GetAsync(address);

    public async Task<HttpResponseMessage> SignInAsync(
        string name, string password, string? chosen = null, Action<Dictionary<string, string?>>? request = null, Action<Dictionary<string, string>>? form = null)
    {
        var address = Address(request);
        using var page = await OpenAsync(address);
        var html = await page.Content.ReadAsStringAsync();
        Assert.True(page.StatusCode == HttpStatusCode.OK, html);
        var hidden = Hidden().Match(html);
        var fields = new Dictionary<string, string>
        {
            [hidden.Groups[1].Value] = hidden.Groups[2].Value,
            ["name"] = name,
            ["password"] = password,
        };
        if (chosen is not null)
        {
            fields["new"] = fields["repeat"] = chosen;
        }

        form?.Invoke(fields);
        using var content = new FormUrlEncodedContent(fields);
        return await http.PostAsync(address, content);
    }

    /// <summary>What the program is told: the query of the address that the person is sent back to.</summary>
    public static Dictionary<string, string> SentBack(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.StartsWith(Redirect + "?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var query = HttpUtility.ParseQueryString(answer.Headers.Location.Query);
        return query.AllKeys.ToDictionary(key => key!, key => query[key]!);
    }

    public async Task<string> CodeAsync(string name = "anna", Action<Dictionary<string, string?>>? request = null)
    {
        using var answer = await SignInAsync(name, Password, request: request);
        return SentBack(answer)["code"];
    }

    public Task<HttpResponseMessage> ExchangeAsync(string code, Action<Dictionary<string, string>>? change = null, string? proof = null)
    {
        var fields = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = OAuthRoutes.CliClient,
            ["code"] = code,
            ["redirect_uri"] = Redirect,
            ["code_verifier"] = Verifier,
        };
        change?.Invoke(fields);
        return PostAsync(AuthorityRoutes.Token, fields, proof: proof);
    }

    public Task<HttpResponseMessage> RefreshAsync(string token, Action<Dictionary<string, string>>? change = null, string? proof = null)
    {
        var fields = new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["client_id"] = OAuthRoutes.CliClient, ["refresh_token"] = token };
        change?.Invoke(fields);
        return PostAsync(AuthorityRoutes.Token, fields, proof: proof);
    }

    public async Task<HttpResponseMessage> PostAsync(string route, Dictionary<string, string> fields, string? basic = null, string? proof = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, authority.Url + route) { Content = new FormUrlEncodedContent(fields) };
        if (basic is not null)
        {
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        }

        if (proof is not null)
        {
            request.Headers.Add("DPoP", proof);
        }

        return await http.SendAsync(request);
    }

    public async Task<TokenResponse> TokensAsync(string name = "anna", Action<Dictionary<string, string?>>? request = null) =>
        await TokensOfAsync(await ExchangeAsync(await CodeAsync(name, request)));

    public static async Task<TokenResponse> TokensOfAsync(HttpResponseMessage answer)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, Encoding.UTF8.GetString(bytes));
        return ProtocolJson.Read<TokenResponse>(bytes);
    }

    public static async Task RefusedAsync(string error, HttpResponseMessage answer, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        var document = await AuthorityUnderTest.RefusalAsync(status, answer);
        Assert.Equal(error, document.GetProperty("error").GetString());
    }

    /// <summary>A proof of possession for a request without token, or with one.</summary>
    public static string Proof(AuthorityUnderTest authority, SigningKey key, string method, string route, string? token = null, Action<JsonObject>? change = null, Action<JsonObject>? header = null)
    {
        var claims = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString(),
            ["htm"] = method,
            ["htu"] = authority.Url + route,
            ["iat"] = authority.Clock.GetUtcNow().ToUnixTimeSeconds(),
        };
        if (token is not null)
        {
            claims["ath"] = ChallengeOf(token);
        }

        change?.Invoke(claims);
        var jwk = key.Public.Jwk;
        var head = new JsonObject { ["typ"] = TokenTypes.Dpop, ["alg"] = "ES256", ["jwk"] = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = jwk.X, ["y"] = jwk.Y } };
        header?.Invoke(head);
        var content = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(head.ToJsonString())) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()));
        return content + "." + Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(content)));
    }

    public static string ChallengeOf(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    public void Dispose() => http.Dispose();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]+)\">")]
    private static partial Regex Hidden();
}
