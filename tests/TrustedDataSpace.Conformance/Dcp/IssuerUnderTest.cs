using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>
/// The authority as the product builds it, with the two credential types that the kit speaks of. The kit's holder is a member by the usual steps: it has applied, the
/// operator has admitted it and has issued what only the operator issues. Its key is made here, and handed to the kit in its configuration.
/// </summary>
internal sealed class IssuerUnderTest : IAsyncDisposable
{
    private const string SensitiveData = "SensitiveDataCredential";

    private readonly WebApplication app;

    private IssuerUnderTest(WebApplication app, string configurationFile)
    {
        this.app = app;
        ConfigurationFile = configurationFile;
    }

    /// <summary>The kit's configuration.</summary>
    public string ConfigurationFile { get; }

    public static async Task<IssuerUnderTest> StartAsync(DcpOptions options, string folder)
    {
        var types = Directory.CreateDirectory(Path.Combine(folder, "types")).FullName;
        await File.WriteAllTextAsync(Path.Combine(types, "membership.json"), """{"type":"MembershipCredential","title":"Membership","source":"membership","claims":{"type":"object"}}""");
        await File.WriteAllTextAsync(Path.Combine(types, "sensitive.json"), $$$"""{"type":"{{{SensitiveData}}}","title":"Sensitive data","source":"operator","claims":{"type":"object"}}""");
        var token = "tds_management_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var app = AuthorityHost.Build(Settings(options, folder, types, token), builder => builder.Logging.SetMinimumLevel(LogLevel.Warning));
        try
        {
            await app.StartServiceAsync(TextWriter.Null);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var signing = SigningKey.FromPkcs8(key.ExportPkcs8PrivateKey());
            await AdmitAsync(options, signing, token);
            var file = Path.Combine(folder, "tck.properties");
            await File.WriteAllTextAsync(file, Configuration(options, PrivateJwk(key, signing.Kid)));
            return new IssuerUnderTest(app, file);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static AuthoritySettings Settings(DcpOptions options, string folder, string types, string token) => new()
    {
        Space = new SpaceOptions { Id = "conformance" },
        Participant = new ParticipantOptions { Id = options.Did, Name = "Issuer under test" },
        Storage = new StorageOptions { Folder = Path.Combine(folder, "data") },
        Listen = new Hosting.Configuration.ListenOptions { Url = options.Url, PublicUrl = options.Url },
        Management = new ManagementOptions { Token = token },
        Egress = new EgressOptions { AllowPrivateAddresses = true },
        Credentials = new CredentialOptions { Folder = types },
    };

    private static async Task AdmitAsync(DcpOptions options, SigningKey key, string token)
    {
        var holder = Did.Parse(options.DidOfKit("holder"));
        var application = new ParticipantApplication { Id = holder, Name = "Holder of the kit", Region = "44", Roles = [], Endpoint = new Uri(options.Kit + "/"), Key = key.Public.Jwk };
        using var http = new HttpClient { BaseAddress = new Uri(options.Url) };
        using var jws = new StringContent(SignedApplication.Create(application, key), Encoding.ASCII, SignedApplication.MediaType);
        await SendAsync(http, AuthorityRoutes.Applications, jws);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        await SendAsync(http, AuthorityRoutes.ForAdmission(holder.Value), null);
        var order = new CredentialOrder { Type = SensitiveData, Holder = holder, Claims = ProtocolJson.ToElement(new { level = "confidential" }) };
        using var content = new ByteArrayContent(ProtocolJson.Write(order));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        await SendAsync(http, AuthorityRoutes.Credentials, content);
    }

    private static async Task SendAsync(HttpClient http, string route, HttpContent? content)
    {
        using var answer = await http.PostAsync(new Uri(route, UriKind.Relative), content);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{route} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private static string PrivateJwk(ECDsa key, string kid)
    {
        var parameters = key.ExportParameters(includePrivateParameters: true);
        return new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(parameters.Q.X),
            ["y"] = Base64Url.EncodeToString(parameters.Q.Y),
            ["d"] = Base64Url.EncodeToString(parameters.D),
            ["kid"] = kid,
        }.ToJsonString();
    }

    private static string Configuration(DcpOptions options, string key) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        # Made by the conformance driver for the issuer that it has started. The key is the one of the kit's own holder.
        dataspacetck.launcher=org.eclipse.dataspacetck.dcp.system.DcpSystemLauncher
        dataspacetck.test.package=org.eclipse.dataspacetck.dcp.verification.issuance.issuer
        dataspacetck.callback.address={options.Kit}
        dataspacetck.port={new Uri(options.Kit).Port}
        dataspacetck.did.issuer={options.Did}
        dataspacetck.key.holder={key}
        dataspacetck.credentials.correlation.id=conformance-holder-pid
        dataspacetck.ansi=false

        """);
}
