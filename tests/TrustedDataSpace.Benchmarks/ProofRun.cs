using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Signatures;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Benchmarks;

/// <summary>
/// What the first two steps of the provider's gate cost a request: the canonical target, the token that was seen before, and the signature
/// with its nonce. One thread, requests over 1,024 paths that were signed beforehand. Budget: 3.5 µs together.
/// </summary>
internal static class ProofRun
{
    private const int Paths = 1024;
    private const int Rounds = 100;
    private const int Run = 32;
    private const string Flow = "0197a2b4-5d1e-7c3a-9f00-1234567890ab";
    private const string Agreement = "urn:uuid:0197a2b4-0000-7c3a-9f00-1234567890ab";
    private const string Consumer = "did:web:vpp.example";

    /// <returns>Canonical target, token and proof of a request, µs.</returns>
    public static async Task<double> RunAsync()
    {
        using var folder = new TempFolder();
        await using var app = ConnectorHost.Build(new ConnectorSettings
        {
            Space = new SpaceOptions { Id = "power-grid" },
            Participant = new ParticipantOptions { Id = "did:web:grid.example", Name = "Grid" },
            Storage = new StorageOptions { Folder = folder["data"] },
            Listen = new ListenOptions { PublicUrl = "http://127.0.0.1:5000" },
            Management = new Hosting.Authentication.ManagementOptions { Token = "a-management-token-for-tests-only-0123456789" },
            Egress = new EgressOptions { AllowPrivateAddresses = true },
            Authority = new AuthorityOptions { Url = "http://127.0.0.1:1", Id = "did:web:authority.example" },
            Membership = new MembershipOptions { Region = "44" },
        });
        var proofs = app.Services.GetRequiredService<ProofOfPossession>();
        var keys = app.Services.GetRequiredService<FlowKeys>();
        await app.Services.GetRequiredService<Database>().WriteAsync(unit =>
        {
            FlowRow.Put(unit, new FlowRow { Role = FlowRow.Provider, Flow = Flow, AgreementId = Agreement, Counterparty = Consumer });
            proofs.Renew(unit, Flow);
        });
        await keys.BindAsync(Flow, new FlowBinding(FlowBindingKind.Key, 1));
        var token = app.Services.GetRequiredService<DataTokens>().Issue(Flow, Agreement, Consumer);
        var signer = new FlowSigner(1, keys.KeyOf(Flow, 1));
        var (targets, hashes, proven, signing) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (text, code) = (new byte[500], new byte[32]);
        using var key = new SignatureKey(new byte[SignatureKey.Bytes]);
        var bytes = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var requests = new (HttpContext Context, string Target)[Paths];
            Measure(signing, i => requests[i] = Request(signer, token, keys.Replica, i));
            Measure(targets, i => CanonicalTarget.Parse(requests[i].Target, DataGate.Prefix));
            Measure(hashes, _ => key.Compute(text, code));
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            Measure(proven, i =>
            {
                if (proofs.Authenticate(requests[i].Context, CanonicalTarget.Parse(requests[i].Target, DataGate.Prefix)).Consumer != Consumer)
                {
                    throw new InvalidOperationException("Somebody else.");
                }
            });
            bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
        }

        Console.WriteLine($"ns per request over {Paths} paths, one thread: median and best of runs of {Run}");
        Show("canonical target", targets);
        Show("the keyed hash alone, 500 bytes", hashes);
        Show("canonical target, token and proof", proven);
        Show("consumer: make and sign a request", signing);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  allocated by target, token and proof: {bytes / Paths} bytes"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"proof: {Median(proven) / 1000:F2} us"));
        return Median(proven) / 1000;
    }

    // Short runs: on a busy machine most of them are not interrupted.
    private static void Measure(List<double> results, Action<int> action)
    {
        for (var i = 0; i < Paths;)
        {
            var start = Stopwatch.GetTimestamp();
            for (var end = i + Run; i < end; i++)
            {
                action(i);
            }

            results.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / Run);
        }
    }

    private static void Show(string what, List<double> results) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-36} {Median(results),8:F0} {results.Min(),8:F0}"));

    // Of the second half: the first half compiles.
    private static double Median(List<double> results) => results.Skip(results.Count / 2).Order().ElementAt(results.Count / 4);

    private static (HttpContext Context, string Target) Request(FlowSigner signer, string token, string replica, int i)
    {
        var target = $"/data/{Flow}/load_curve_96/station/{i}?day=2026-05-{(i % 28) + 1:D2}&unit=kW";
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:5000" + target);
        request.Headers.TryAddWithoutValidation(DataHeaders.Purpose, "inference");
        request.Headers.TryAddWithoutValidation(DataHeaders.Request, "0197a2b4-5d1e-7c3a-9f00-1234567890ac");
        signer.Sign(request, replica, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        context.Request.Method = "GET";
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("127.0.0.1", 5000);
        context.Request.Headers.Authorization = "Bearer " + token;
        foreach (var name in new[] { DataHeaders.Purpose, DataHeaders.Request, RequestSignature.InputHeader, RequestSignature.Header })
        {
            context.Request.Headers[name] = request.Headers.GetValues(name).Single();
        }

        return (context, target);
    }
}
