using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Benchmarks;

/// <summary>
/// How long data flow on after the operator has revoked the credential that their contract asks for: from the moment at which the revocation is
/// sent to the authority until the consumer's application sees the end of the answer. Real clocks, everything over HTTP on loopback, a
/// space for each revocation. Bound: less than a second.
/// </summary>
internal static class RevocationRun
{
    public const int UsualCount = 20;

    private const string Licence = "GridOperatorCredential";
    private const string Product = "licensed";

    public static async Task RunAsync(int count)
    {
        await using var source = await StartSourceAsync();
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            times.Add(await OnceAsync(source.Urls.First()));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {times[^1]:F0} ms"));
        }

        times.Sort();
        var median = (times[(count - 1) / 2] + times[count / 2]) / 2;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"revocation until the end of what flows, {count} times: median {median:F0} ms, most {times[^1]:F0} ms"));
    }

    private static async Task<double> OnceAsync(string source)
    {
        await using var space = await BenchSpace.StartAsync(adjust: settings => settings with
        {
            Credentials = new CredentialOptions { ProveBy = PeerProof.Presentation, Shown = [CredentialOptions.Membership, Licence], Asked = [Licence] },
        });
        var licence = await BenchSpace.PostAsync<IssuedCredential>(
            space.AtAuthority,
            AuthorityRoutes.Credentials,
            new CredentialOrder { Type = Licence, Holder = Did.Parse(BenchSpace.Consumer), Claims = ProtocolJson.Parse("""{"licence":"L-1","area":"44"}"""u8) });
        await RequestAsync(space, space.AtProvider, CredentialOptions.Membership);
        await RequestAsync(space, space.AtConsumer, CredentialOptions.Membership, Licence);
        var (agreement, secret) = await AgreeAsync(space, source);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/consume/" + agreement);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        request.Headers.Add("Tds-Purpose", "inference");
        using var answer = await space.AtConsumer.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var flowing = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        var buffer = new byte[64];
        if (await flowing.ReadAsync(buffer) == 0)
        {
            throw new InvalidOperationException("Nothing flows.");
        }

        var end = EndAsync(flowing, buffer);
        var started = Stopwatch.GetTimestamp();
        await BenchSpace.PostAsync<IssuedCredential>(space.AtAuthority, AuthorityRoutes.ForCredentialRevocation(licence.Id), new CredentialStep("licence withdrawn"));
        return Stopwatch.GetElapsedTime(started, await end).TotalMilliseconds;
    }

    /// <summary>When the answer ends. The connectors break it off: it was not whole.</summary>
    private static async Task<long> EndAsync(Stream flowing, byte[] buffer)
    {
        try
        {
            while (await flowing.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            // As it should be.
        }

        return Stopwatch.GetTimestamp();
    }

    private static async Task<(string Agreement, string Secret)> AgreeAsync(BenchSpace space, string source)
    {
        await BenchSpace.PostAsync<object>(space.AtProvider, ManagementRoutes.Assets, new AssetDefinition { Id = Product, SourceUrl = source });
        await BenchSpace.PostAsync<object>(space.AtProvider, ManagementRoutes.Products, new ProductDefinition
        {
            Id = Product,
            AssetId = Product,
            Title = Product,
            Policy = ProtocolJson.Parse("""{"permission":[{"action":"use","constraint":[{"leftOperand":"tds:claim/licence","operator":"eq","rightOperand":"L-1"}]}]}"""u8),
        });
        var negotiation = await BenchSpace.PostAsync<NegotiationView>(
            space.AtConsumer, ManagementRoutes.Negotiations, new NegotiationStart { Provider = BenchSpace.Provider, DatasetId = Product, OfferId = $"offer:{Product}:1" });
        negotiation = await BenchSpace.WaitAsync<NegotiationView>(space.AtConsumer, ManagementRoutes.For(ManagementRoutes.NegotiationById, negotiation.Id));
        var transfer = await BenchSpace.PostAsync<TransferView>(space.AtConsumer, ManagementRoutes.Transfers, new TransferStart { AgreementId = negotiation.AgreementId! });
        await BenchSpace.WaitAsync<TransferView>(space.AtConsumer, ManagementRoutes.For(ManagementRoutes.TransferById, transfer.Id));
        var application = await BenchSpace.PostAsync<ApplicationCredential>(
            space.AtConsumer, ManagementRoutes.Applications, new ApplicationGrant { Name = "bench", Agreements = [negotiation.AgreementId!], Purposes = ["inference"], Person = "bench" });
        return (negotiation.AgreementId!, application.Secret);
    }

    private static async Task RequestAsync(BenchSpace space, HttpClient connector, params string[] types)
    {
        var metadata = DcpJson.Read<IssuerMetadata>(await space.AtAuthority.GetByteArrayAsync(new Uri(AuthorityRoutes.IssuerService + DcpRoutes.Metadata, UriKind.Relative)));
        var objects = metadata.CredentialsSupported.Where(one => types.Contains(one.CredentialType) && one.Profile == "vc20-bssl/jwt").Select(one => one.Id).ToList();
        var request = await BenchSpace.PostAsync<CredentialRequestView>(connector, ManagementRoutes.CredentialRequests, new CredentialRequestStart { Credentials = objects });
        var address = ManagementRoutes.For(ManagementRoutes.CredentialRequestById, request.Id);
        await BenchSpace.WaitAsync<CredentialRequestView>(connector, address);
        var issued = await BenchSpace.WaitAsync<CredentialRequestView>(connector, address + "?after=received");
        if (issued.State != CredentialRequestStates.Issued)
        {
            throw new InvalidOperationException($"The request for credentials is {issued.State}: {issued.Reason}");
        }
    }

    private static async Task<WebApplication> StartSourceAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync("id\n1\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await app.StartAsync();
        return app;
    }
}
