using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Dcp;

namespace TrustedDataSpace.Benchmarks;

/// <summary>
/// What a connector pays to know who calls, where the callers present credentials: processor time of the process, so that what else the machine does
/// does not count. DID documents are at hand, as they are for ten minutes.
/// </summary>
internal static class IdentityRun
{
    private const int Entries = 1_048_576;
    private const int Tokens = 4_000;
    private const int Fresh = 1_000;
    private const int Again = 200_000;

    public static async Task RunAsync()
    {
        using var folder = new TempFolder();
        await using var kit = await DcpCounterpart.StartAsync();
        await using var app = Connector(kit, folder);
        await app.StartServiceAsync(TextWriter.Null);
        var me = Did.Parse("did:web:grid.example");
        kit.Others[me] = app.Services.GetRequiredService<ServiceAddress>().Url;
        Publish(kit);

        var tokens = app.Services.GetRequiredService<SelfIssuedTokens>();
        await TokensAsync(tokens, kit, me);
        Console.WriteLine("| what | processor time |\n|---|---|");
        var perSecond = await TokensAsync(tokens, kit, me);
        Console.WriteLine(Row("self-issued ID token verified", "{0:N0} µs", 1_000_000 / perSecond));
        Console.WriteLine(Row("so many on two cores", "{0:N0}/s", 2 * perSecond));

        var credential = kit.Issuer.Issue(kit.Holder.Did, "MembershipCredential", Claims(), change: content => content with { Status = [new CredentialStatusEntry(CredentialStatusEntry.Revocation, Entries - 1, kit.DocumentUrl("list"))] });
        kit.Present = (token, _) => new PresentationResponseMessage { Presentation = [ProtocolJson.ToElement(kit.Holder.Present(token.Issuer, [credential]))] };
        var verifier = app.Services.GetRequiredService<PresentationVerifier>();
        var shown = await tokens.VerifyAsync(kit.Holder.Token(me, "access"), default);
        await verifier.VerifyAsync(shown, default);
        Console.WriteLine(Row("presentation with one credential verified afresh, without the network", "{0:N0} µs", await FreshAsync(app.Services, kit, me, credential)));
        Console.WriteLine(Row("presentation that is kept, with its status looked at", "{0:N2} µs", await AgainAsync(() => verifier.VerifyAsync(shown, default))));

        await ListAsync(kit);
    }

    private static Microsoft.AspNetCore.Builder.WebApplication Connector(DcpCounterpart kit, TempFolder folder) => ConnectorHost.Build(
        new ConnectorSettings
        {
            Space = new SpaceOptions { Id = "power-grid" },
            Participant = new ParticipantOptions { Id = "did:web:grid.example", Name = "Grid" },
            Storage = new StorageOptions { Folder = folder["data"] },
            Management = new ManagementOptions { Token = "a-management-token-for-tests-only-0123456789" },
            Egress = new EgressOptions { AllowPrivateAddresses = true },
            Authority = new AuthorityOptions { Url = kit.Url, Id = kit.Issuer.Did.Value },
            Membership = new MembershipOptions { Region = "44" },
        },
        builder =>
        {
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IPeerDirectory>(new Register(kit));
        });

    private static JsonObject Claims() => new() { ["name"] = "Holder", ["space"] = "power-grid", ["region"] = "44", ["roles"] = new JsonArray("virtual-power-plant") };

    private static void Publish(DcpCounterpart kit)
    {
        // Half of the bits set, in no order: the worst that compression can meet.
        var list = new StatusList(Entries);
        var dice = new byte[Entries / 8];
        RandomNumberGenerator.Fill(dice);
        for (var i = 0; i < Entries - 1; i++)
        {
            list.Set(i, (dice[i / 8] >> (i % 8) & 1) == 1);
        }

        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        kit.Documents["list"] = Encoding.ASCII.GetBytes(StatusListCredential.Sign(
            list, new StatusListPublication(kit.DocumentUrl("list"), kit.Issuer.Did, CredentialStatusEntry.Revocation, now, now.AddHours(1)), CredentialProfile.Vc20, kit.Issuer.Key));
    }

    private static async Task<double> TokensAsync(SelfIssuedTokens tokens, DcpCounterpart kit, Did me)
    {
        var made = Enumerable.Range(0, Tokens).Select(_ => kit.Holder.Token(me, "access")).ToArray();
        var start = Environment.CpuUsage.TotalTime;
        foreach (var token in made)
        {
            await tokens.VerifyAsync(token, default);
        }

        return Tokens / (Environment.CpuUsage.TotalTime - start).TotalSeconds;
    }

    private static async Task<double> FreshAsync(IServiceProvider services, DcpCounterpart kit, Did me, string credential)
    {
        var (keys, checks) = (services.GetRequiredService<KeyResolver>(), services.GetRequiredService<CredentialChecks>());
        var expected = new PresentationExpectation { Holder = kit.Holder.Did, Audience = me };
        var presentations = Enumerable.Range(0, Fresh).Select(_ => kit.Holder.Present(me, [credential])).ToArray();
        var start = Environment.CpuUsage.TotalTime;
        foreach (var presentation in presentations)
        {
            var verified = await PresentationJwt.VerifyAsync(presentation, expected, keys, TimeProvider.System.GetUtcNow());
            await checks.PeerAsync(await checks.KeepAsync(kit.Holder.Did, verified.Credentials, [.. verified.Texts], default), default);
        }

        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / Fresh;
    }

    private static async Task<double> AgainAsync(Func<ValueTask<Peer>> verify)
    {
        var start = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < Again; i++)
        {
            await verify();
        }

        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / Again;
    }

    private static async Task ListAsync(DcpCounterpart kit)
    {
        var text = Encoding.ASCII.GetString(kit.Documents["list"]);
        var start = Environment.CpuUsage.TotalTime;
        var credential = await CredentialJwt.VerifyAsync(text, kit.KeyAsync, TimeProvider.System.GetUtcNow(), StatusListCredential.MaxLength);
        var list = StatusList.Decode(credential.Subject.GetProperty("encodedList").GetString()!);
        Console.WriteLine(Row($"status list of {Entries.ToString("N0", CultureInfo.InvariantCulture)} entries ({text.Length / 1024} KiB) verified and unpacked", "{0:N1} ms", (Environment.CpuUsage.TotalTime - start).TotalMilliseconds));
        start = Environment.CpuUsage.TotalTime;
        var set = 0L;
        for (var i = 0L; i < 10_000_000; i++)
        {
            set += list.IsSet(i * 7919 % Entries) ? 1 : 0;
        }

        Console.WriteLine(Row("one entry of it looked up", "{0:N1} ns", (Environment.CpuUsage.TotalTime - start).TotalNanoseconds / 10_000_000));
        if (set == 0)
        {
            throw new InvalidOperationException("Half of the entries are set.");
        }
    }

    private static string Row(string what, string form, double value) => $"| {what} | {string.Format(CultureInfo.InvariantCulture, form, value)} |";

    /// <summary>The holder is the only member.</summary>
    private sealed class Register(DcpCounterpart kit) : IPeerDirectory
    {
        private readonly PeerRecord holder = new(kit.Holder.Did.Value, "Holder", kit.Url, ParticipantStates.Active, kit.Holder.Key.Public, "44", []);

        public ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation) =>
            did == holder.Id ? ValueTask.FromResult(holder) : throw new RefusalException(RefusalCode.NotFound, $"{did} is no member.");
    }
}
