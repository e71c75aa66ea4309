using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Dcp;
using Xunit;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>A connector prepared for the kit, and the counterpart that plays the kit's part against it, by nothing but the kit's configuration.</summary>
public class ConnectorKit(string role) : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private ConnectorUnderTest connector = null!;

    public DcpCounterpart Kit { get; private set; } = null!;

    public Dictionary<string, string> Configuration { get; private set; } = [];

    /// <summary>The connector's DID, as the configuration says it.</summary>
    public Did Sut => Did.Parse(Configuration["dataspacetck.did." + role]);

    public async ValueTask InitializeAsync()
    {
        Kit = await DcpCounterpart.StartAsync();
        connector = await ConnectorUnderTest.StartAsync(new DcpOptions { Role = role, Port = FreePort(), Kit = Kit.Url }, folder["connector"]);
        Configuration = (await File.ReadAllLinesAsync(connector.ConfigurationFile)).Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await Kit.DisposeAsync();
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>As holder.</summary>
public sealed class HolderKit() : ConnectorKit("holder");

/// <summary>As verifier.</summary>
public sealed class VerifierKit() : ConnectorKit("verifier");

/// <summary>What the tests of both have in common. One connector serves all tests of a class, as it serves all of the kit.</summary>
public abstract class ConnectorKitTests
{
    protected const string Membership = "MembershipCredential";
    protected const string SensitiveData = "SensitiveDataCredential";

    private readonly ConnectorKit fixture;

    protected ConnectorKitTests(ConnectorKit fixture)
    {
        this.fixture = fixture;
        Kit.Present = (_, _) => null;
        Kit.Queries.Clear();
        Kit.Faults.Clear();
    }

    protected static string MembershipScope { get; } = DcpScope.ForType(Membership);

    protected static string SensitiveScope { get; } = DcpScope.ForType(SensitiveData);

    protected DcpCounterpart Kit => fixture.Kit;

    protected Dictionary<string, string> Configuration => fixture.Configuration;

    protected Did Sut => fixture.Sut;

    /// <summary>Where the DID document says that the Credential Service is.</summary>
    protected async Task<string> ServiceAsync()
    {
        using var http = new HttpClient();
        var address = Sut.DocumentUri.AbsoluteUri.Replace("https://", "http://", StringComparison.Ordinal);
        return DidDocument.Read(await http.GetByteArrayAsync(new Uri(address)), Sut).EndpointOf(DcpConstants.CredentialService)!;
    }

    /// <summary>Every claim of a token that the kit spoils, and a name for it; "good" for none.</summary>
    protected string? Header(string what, DcpRole sender, string? accessToken = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return what switch
        {
            "no header" => null,
            "no bearer" => sender.Token(Sut, accessToken),
            "fake token" => "Bearer faketoken",
            "another audience" => "Bearer " + sender.Token(sender.Did, accessToken),
            "another subject" => "Bearer " + sender.Token(Sut, accessToken, c => c["sub"] = Kit.ThirdParty.Did.Value),
            "somebody else" => "Bearer " + Kit.ThirdParty.Token(Sut, accessToken),
            "nbf in future" => "Bearer " + sender.Token(Sut, accessToken, c => c["nbf"] = now + 1_000_000),
            "iat in future" => "Bearer " + sender.Token(Sut, accessToken, c => c["iat"] = now + 3600),
            "expired" => "Bearer " + sender.Token(Sut, accessToken, c => c["exp"] = now - 1_000_000),
            "wrong key" => "Bearer " + sender.Sign(sender.Claims(Sut, accessToken), Kit.ThirdParty.Key),
            _ => "Bearer " + sender.Token(Sut, accessToken),
        };
    }

    /// <summary>A credential as the kit issues it: data model 1.1.</summary>
    protected string Issue(Did subject, string type, Func<CredentialContent, CredentialContent>? change = null) =>
        Kit.Issuer.Issue(subject, type, new JsonObject { ["foo"] = "bar" }, CredentialProfile.Vc11, change);

    protected static byte[] Message(JsonObject content)
    {
        content["@context"] = new JsonArray(DcpConstants.Context);
        return Encoding.UTF8.GetBytes(content.ToJsonString(ProtocolJson.Options));
    }
}
