using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>
/// The connector as the product builds it, as holder and as verifier. The kit's issuer stands where the authority of the space is. Replaced are the
/// register of members, which there is none of, and the claims that a membership must have: the kit's say nothing of a space.
/// </summary>
internal sealed class ConnectorUnderTest : IAsyncDisposable
{
    /// <summary>POST: refused unless the caller proves itself as to the Dataspace Protocol; the kit's own message is none of that protocol.</summary>
    public const string Trigger = "/tck/trigger";

    /// <summary>The request that the kit's issuer answers.</summary>
    public const string Request = "conformance-holder-pid";

    private const string Client = "conformance";
    private static readonly Type[] NeedAuthority = [typeof(Enrolment), typeof(EvidenceShipper), typeof(PolicyClient), typeof(AgreementFilingJob), typeof(ProductRegistrar)];

    private readonly WebApplication app;

    private ConnectorUnderTest(WebApplication app, string configurationFile)
    {
        this.app = app;
        ConfigurationFile = configurationFile;
    }

    /// <summary>The kit's configuration.</summary>
    public string ConfigurationFile { get; }

    /// <summary>Starts it, expects the kit's credentials, and writes the configuration for the part in question.</summary>
    public static async Task<ConnectorUnderTest> StartAsync(DcpOptions options, string folder)
    {
        var token = "tds_management_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var app = ConnectorHost.Build(Settings(options, folder, token), Replace);
        try
        {
            app.MapPost(Trigger, () => Results.NoContent()).RequireAuthorization(ServiceHost.SpacePolicy);
            await app.StartServiceAsync(TextWriter.Null);

            // As if it had been asked for: the kit delivers without a request.
            await app.Services.GetRequiredService<Database>().WriteAsync(unit =>
            {
                if (CredentialStore.FindRequest(unit, Request) is null)
                {
                    CredentialRequests.Add(unit, Request, Did.Parse(options.DidOfKit("issuer")), ["kit"], code: null);
                }
            });
            var file = Path.Combine(folder, "tck.properties");
            await File.WriteAllTextAsync(file, Configuration(options, await SecretAsync(options, token)));
            return new ConnectorUnderTest(app, file);
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

    private static ConnectorSettings Settings(DcpOptions options, string folder, string token) => new()
    {
        Space = new SpaceOptions { Id = "conformance" },
        Participant = new ParticipantOptions { Id = options.Did, Name = "Connector under test" },
        Storage = new StorageOptions { Folder = Path.Combine(folder, "data") },
        Listen = new Hosting.Configuration.ListenOptions { Url = options.Url, PublicUrl = options.Url },
        Management = new ManagementOptions { Token = token },
        Egress = new EgressOptions { AllowPrivateAddresses = true },
        Authority = new AuthorityOptions { Url = options.Kit, Id = options.DidOfKit("issuer") },
        Membership = new MembershipOptions { Region = "44" },
    };

    private static void Replace(WebApplicationBuilder builder)
    {
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        foreach (var registration in builder.Services.Where(service => NeedAuthority.Contains(service.ImplementationType)).ToList())
        {
            builder.Services.Remove(registration);
        }

        builder.Services.AddSingleton<IPeerDirectory, NoRegister>();
        builder.Services.AddSingleton<IPeerAdmission, KitAdmission>();
    }

    private static async Task<string> SecretAsync(DcpOptions options, string token)
    {
        using var http = new HttpClient { BaseAddress = new Uri(options.Url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var gone = await http.DeleteAsync(new Uri("/api/v1/tokens/" + Client, UriKind.Relative));
        using var made = await http.PostAsJsonAsync("/api/v1/tokens", new TokenDefinition { Name = Client, Scopes = [SecureTokenService.Scope] }, ProtocolJson.Options);
        return ProtocolJson.Read<TokenSecret>(await made.Content.ReadAsByteArrayAsync()).Secret;
    }

    private static string Configuration(DcpOptions options, string secret) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        # Made by the conformance driver for the connector that it has started.
        dataspacetck.launcher=org.eclipse.dataspacetck.dcp.system.DcpSystemLauncher
        dataspacetck.test.package={(options.Role == DcpCommand.Holder ? "org.eclipse.dataspacetck.dcp.verification.presentation.cs,org.eclipse.dataspacetck.dcp.verification.issuance.cs" : "org.eclipse.dataspacetck.dcp.verification.presentation.verifier")}
        dataspacetck.callback.address={options.Kit}
        dataspacetck.port={new Uri(options.Kit).Port}
        dataspacetck.did.{options.Role}={options.Did}
        {(options.Role == DcpCommand.Holder
            ? $"dataspacetck.sts.url={options.Url}/sts\ndataspacetck.sts.client.id={Client}\ndataspacetck.sts.client.secret={secret}\ndataspacetck.credentials.correlation.id={Request}"
            : $"dataspacetck.vpp.trigger.endpoint={options.Url}{Trigger}")}
        dataspacetck.ansi=false

        """);

    private sealed class NoRegister : IPeerDirectory
    {
        public ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation) => throw new RefusalException(RefusalCode.NotFound, "There is no register here.");
    }

    /// <summary>The kit's issuer is believed for what it issues, and whoever shows its membership is a peer.</summary>
    private sealed class KitAdmission(ConnectorSettings settings) : IPeerAdmission
    {
        public IReadOnlyList<string> Required { get; } = [CredentialOptions.Membership];

        public bool Knows(Did issuer) => issuer.Value == settings.Authority.Id;

        // Without a register everybody is whom its own host says it is.
        public bool Hears(Did stranger) => true;

        public bool Trusts(VerifiableCredential credential) => Knows(credential.Issuer);

        public SubjectClaims? ClaimsOf(IReadOnlyList<VerifiableCredential> credentials) => null;

        public Peer Admit(Did holder, IReadOnlyList<VerifiableCredential> credentials) => new(holder.Value, ParticipantStates.Active, "44", []);
    }
}
