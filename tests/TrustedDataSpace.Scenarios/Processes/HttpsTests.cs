using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Processes;

/// <summary>Two real processes that speak TLS to each other, under a certificate authority of their own.</summary>
public sealed class HttpsTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly TestCertificates certificates = new();

    public void Dispose()
    {
        certificates.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_connector_joins_over_https_and_is_ready_when_it_is_admitted()
    {
        await File.WriteAllTextAsync(folder["root.pem"], certificates.RootPem);
        await using var authority = await Programs.StartAsync(Programs.Authority, folder, Https("authority"));
        await using var connector = await Programs.StartAsync(
            Programs.Connector, folder, [.. Https("connector"), "--Authority:Url", authority.Url.GetLeftPart(UriPartial.Authority)]);
        Assert.Equal(("https", "https"), (authority.Url.Scheme, connector.Url.Scheme));
        using var operate = Client(authority);
        using var manage = Client(connector);
        await manage.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence, seconds: 0);
        using (var before = await manage.GetAsync(new Uri("/health/ready", UriKind.Relative)).Within("an answer"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
            Assert.Contains("not an active member", await before.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // The certificate of the authority is renewed meanwhile: nobody notices.
        certificates.Issue(folder["authority.crt"], folder["authority.key"]);
        await AppliedAsync(operate).Within("the application");
        await operate.PostAsync<JsonElement>(AuthorityRoutes.ForAdmission(Programs.GridId), new { });
        var status = await manage.WaitAsync<ConnectorStatus>(ManagementRoutes.Status);
        Assert.Equal(("active", true), (status.Membership, status.PolicyRevision is not null));
        using var after = await manage.GetAsync(new Uri("/health/ready", UriKind.Relative)).Within("an answer");
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Equal(0, await connector.TerminateAsync());
        Assert.Equal(0, await authority.TerminateAsync());
    }

    private string[] Https(string name)
    {
        certificates.Issue(folder[name + ".crt"], folder[name + ".key"]);
        return
        [
            "--Listen:Url", "https://127.0.0.1:0",
            "--Listen:CertificateFile", folder[name + ".crt"],
            "--Listen:KeyFile", folder[name + ".key"],
            "--Egress:TrustedCertificates", folder["root.pem"],
        ];
    }

    private HttpClient Client(ServiceProcess service) =>
        new(EgressRule.CreateHandler(new EgressOptions { AllowPrivateAddresses = true, TrustedCertificates = folder["root.pem"] }))
        {
            BaseAddress = service.Url,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", service.ShownToken()) },
        };

    private static async Task AppliedAsync(HttpClient operate)
    {
        HttpStatusCode code;
        do
        {
            using var response = await operate.GetAsync(new Uri(AuthorityRoutes.ForParticipant(Programs.GridId), UriKind.Relative));
            code = response.StatusCode;
        }
        while (code == HttpStatusCode.NotFound);
    }
}
