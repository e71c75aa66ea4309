using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>Asks one service about things by their ids, with credentials of its own space that it accepts.</summary>
/// <param name="space">The space.</param>
/// <param name="service">Client of the service.</param>
/// <param name="caller">Client of the member who calls it where members are asked for.</param>
/// <param name="application">Credential of an application at the service.</param>
internal sealed partial class SpaceWalker(TestSpace space, HttpClient service, HttpClient caller, string application) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = service.BaseAddress };
    private readonly string me = space.Behind(service).Services.GetRequiredService<ServiceSettings>().Participant.Id;
    private readonly string member = space.Behind(caller).Services.GetRequiredService<ServiceSettings>().Participant.Id;

    public IServiceProvider Services => space.Behind(service).Services;

    /// <summary>What is answered, with the id taken out of it.</summary>
    public async Task<(int Status, string Text)> AskAsync(Probe probe, string id)
    {
        var asked = probe.With(id);
        using var request = new HttpRequestMessage(new HttpMethod(asked.Method), asked.Target);
        if (await BearerAsync(asked, id) is { } bearer)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        request.Headers.Add("Tds-Purpose", "inference");
        if (asked.Body is { } body)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within(asked.ToString());
        return ((int)answer.StatusCode, Without(await TextAsync(answer).Within(asked.ToString()), id));
    }

    // What never ends, by its first word.
    private static async Task<string> TextAsync(HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            return await answer.Content.ReadAsStringAsync();
        }

        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        return await reader.ReadLineAsync() ?? "";
    }

    public void Dispose() => http.Dispose();

    /// <summary>An id of the same shape that nobody has.</summary>
    public static string Unknown(string id)
    {
        var other = Digit().Replace(id, digit => ((digit.Value[0] - '0' + 3) % 10).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return other == id ? id + "-x" : other;
    }

    private async Task<string?> BearerAsync(Probe probe, string id) => probe.Policy switch
    {
        ServiceHost.SpacePolicy => await space.Behind(caller).Services.GetRequiredService<AccessTokens>().ForAsync(me, default),

        // Each counts once. Records are shown to the authority alone.
        SelfIssuedScheme.Name when probe.Route.EndsWith(AuditInquiry.Route, StringComparison.Ordinal) => AuthoritysToken(),
        SelfIssuedScheme.Name => space.Behind(caller).Services.GetRequiredService<SelfIssuedSender>().Make(Did.Parse(me)),
        not null => service.DefaultRequestHeaders.Authorization!.Parameter,

        // As this provider itself would sign it: what is refused is refused for the flow.
        null when probe.Target.StartsWith("/data/", StringComparison.Ordinal) => Services.GetRequiredService<DataTokens>().Issue(id, "agreement", member),
        null when probe.Target.StartsWith("/consume/", StringComparison.Ordinal) => application,
        null => null,
    };

    private string AuthoritysToken()
    {
        var now = space.Clock.GetUtcNow();
        return new SelfIssuedIdToken
        {
            Issuer = Did.Parse(space.Behind(space.Operator).Services.GetRequiredService<ServiceSettings>().Participant.Id),
            Audience = Did.Parse(me),
            Id = Guid.NewGuid().ToString("N"),
            IssuedAt = now,
            ExpiresAt = now.AddMinutes(2),
        }.Sign(space.Behind(space.Operator).Services.GetRequiredService<KeyStore>().Signing(AuthorityKey.Name));
    }

    // What differs from one answer to the next for another reason than the id.
    private static string Without(string text, string id) => Varying().Replace(
        text.Replace(id, Probe.Id, StringComparison.Ordinal)
            .Replace(Uri.EscapeDataString(id), Probe.Id, StringComparison.Ordinal)
            .Replace(Uri.EscapeDataString(id).Replace("%2F", "%252F", StringComparison.Ordinal), Probe.Id, StringComparison.Ordinal)
            .Replace(id.Replace("/", "%2F", StringComparison.Ordinal), Probe.Id, StringComparison.Ordinal)
            .Replace(System.Text.Encodings.Web.JavaScriptEncoder.Default.Encode(id), Probe.Id, StringComparison.Ordinal),
        "*");

    [GeneratedRegex("[0-9]")]
    private static partial Regex Digit();

    [GeneratedRegex(@"urn:uuid:[0-9a-f-]{36}|[0-9a-f]{32,64}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)")]
    private static partial Regex Varying();
}
