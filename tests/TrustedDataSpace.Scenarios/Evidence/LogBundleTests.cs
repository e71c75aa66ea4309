using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Cli;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Evidence;

/// <summary>A log is exported with everything, verified offline by two programs, and each damage is found and named.</summary>
public sealed class LogBundleTests : IDisposable
{
    private const string Token = "tds_management_of_the_tests_0123456789";
    private const string Member = "did:web:member.example";
    private const string Agreement = "urn:uuid:agreement-1";

    private readonly TempFolder folder = new();

    private string Bundle => folder["bundle"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_exported_log_is_verified_by_two_programs_and_every_damage_is_found_and_named()
    {
        await ExportAsync();

        var verified = await RunAsync("log", "verify", Bundle, "--key", folder["keys.json"]);
        Assert.True(verified.Code == ExitCode.Ok, verified.Output);
        Assert.Contains("(recomputed)", verified.Output, StringComparison.Ordinal);
        Assert.Contains(Member, verified.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await RunAsync("log", "verify", Bundle, "--key", folder["keys.json"], "--witnesses", "1")).Code);
        Assert.Equal(ExitCode.Failed, (await RunAsync("log", "verify", Bundle, "--key", folder["keys.json"], "--witnesses", "2")).Code);
        var node = await NodeAsync();
        Assert.True(node is null or (0, _), node?.Output);

        foreach (var (file, damage, named) in Damages())
        {
            var path = Path.Combine(Bundle, file);
            var good = await File.ReadAllBytesAsync(path);
            await File.WriteAllBytesAsync(path, damage(good));
            var found = await RunAsync("log", "verify", Bundle, "--key", folder["keys.json"]);
            Assert.Equal(ExitCode.Failed, found.Code);
            Assert.StartsWith(named, found.Output, StringComparison.Ordinal);
            if (node is not null)
            {
                Assert.Equal(1, (await NodeAsync())!.Value.Code);
            }

            await File.WriteAllBytesAsync(path, good);
        }
    }

    private static IEnumerable<(string File, Func<byte[], byte[]> Damage, string Named)> Damages()
    {
        yield return ("tile/entries/001", bytes => Flipped(bytes, bytes.Length / 2), "tile/entries/001 entry 1");
        yield return ("tile/entries/001", bytes => bytes[..^5], "tile/entries/001");
        yield return ("tile/0/000", bytes => Flipped(bytes, 32 * 7), "tile/entries/000 entry 7 (index 7)");
        yield return ("tile/0/000", bytes => bytes[..^32], "tile/0/000");
        yield return ("tile/1/000.p/2", bytes => Flipped(bytes, 40), "tile/1/000.p/2");
        yield return ("checkpoint", bytes => Flipped(bytes, bytes.AsSpan().IndexOf("\n\n"u8) + 60), "checkpoint");
        yield return ("batches", bytes => Encoding.UTF8.GetBytes(string.Join('\n', Encoding.UTF8.GetString(bytes).Split('\n').Select((line, i) => i == 1 ? line.Replace("\"root\":\"", "\"root\":\"A", StringComparison.Ordinal) : line))), "batches line 2");
        yield return ("checkpoints", bytes => Encoding.UTF8.GetBytes(string.Join('\n', Encoding.UTF8.GetString(bytes).Split('\n').Skip(1).Reverse())), "checkpoints");
    }

    [Fact]
    public async Task The_story_of_an_agreement_is_told_in_the_order_of_the_log()
    {
        var story = await ExportAsync("log", "trace", "urn:uuid:negotiation-1");

        Assert.Equal(ExitCode.Ok, story.Code);
        var lines = story.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("negotiation.requested", lines[0], StringComparison.Ordinal);
        Assert.Contains("agreement.filed", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_is_verified_where_it_is_served_as_far_as_the_token_opens_it()
    {
        await ExportAsync(async (app, url) =>
        {
            var address = new[] { "log", "verify", url };
            var all = await RunAsync([.. address, "--token-file", folder["token"], "--key", folder["keys.json"], "--witnesses", "1"]);
            Assert.True(all.Code == ExitCode.Ok, all.Output);
            Assert.Contains("evidence verified", all.Output, StringComparison.Ordinal);
            Assert.Contains(" (recomputed)", all.Output, StringComparison.Ordinal);
            var root = all.Output.Split('\n').Single(line => line.StartsWith("root ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            Assert.Equal(44, root.Length);

            await File.WriteAllTextAsync(folder["member"], await MemberTokenAsync(app, url));
            var tree = await RunAsync([.. address, "--token-file", folder["member"]]);
            Assert.True(tree.Code == ExitCode.Ok, tree.Output);
            Assert.Contains("operator's token", tree.Output, StringComparison.Ordinal);
            Assert.Contains("root ", tree.Output, StringComparison.Ordinal);
            await File.WriteAllTextAsync(folder["bad"], "tds_nobody");
            Assert.Equal(ExitCode.CannotStart, (await RunAsync([.. address, "--token-file", folder["bad"]])).Code);

            // One byte of what is served, and both see it.
            var served = new LogBundle(app.Services.GetRequiredService<LogFiles>().Folder).PathOf("tile/0/001");
            var good = await File.ReadAllBytesAsync(served);
            await File.WriteAllBytesAsync(served, Flipped(good, 100));
            foreach (var token in new[] { "token", "member" })
            {
                var damaged = await RunAsync([.. address, "--token-file", folder[token]]);
                Assert.Equal(ExitCode.Failed, damaged.Code);
                Assert.Contains("NOT verified", damaged.Output, StringComparison.Ordinal);
            }

            await File.WriteAllBytesAsync(served, good);
        });
    }

    [Fact]
    public async Task Checkpoints_that_somebody_has_kept_are_consistent_with_the_log_or_it_says_that_they_are_not()
    {
        await ExportAsync(async (app, url) =>
        {
            var notes = new LogBundle(Bundle).Checkpoints().ToList();
            Assert.True(notes.Count > 2);
            await File.WriteAllTextAsync(folder["old"], notes[0]);
            await File.WriteAllTextAsync(folder["mid"], notes[^2]);
            var key = app.Services.GetRequiredService<KeyStore>().Signing("authority");
            var head = app.Services.GetRequiredService<LogPublisher>().Latest;
            var origin = head.Note[..head.Note.IndexOf('\n', StringComparison.Ordinal)];
            await File.WriteAllTextAsync(folder["fork"], SignedCheckpoint.Sign(new Checkpoint(origin, 300, head.Root), key, origin).Text);
            await File.WriteAllTextAsync(folder["longer"], SignedCheckpoint.Sign(new Checkpoint(origin, head.Size + 1, head.Root), key, origin).Text);
            using var another = SigningKey.Generate();
            await File.WriteAllTextAsync(folder["forged"], SignedCheckpoint.Sign(new Checkpoint(origin, head.Size, head.Root), another, origin).Text);
            foreach (var source in new[] { url, Bundle })
            {
                var command = new[] { "log", "verify", source, "--token-file", folder["token"], "--checkpoint" };
                var right = await RunAsync([.. command, folder["mid"], "--checkpoint", folder["old"]]);
                Assert.True(right.Code == ExitCode.Ok, right.Output);
                Assert.Contains("consistency verified", right.Output, StringComparison.Ordinal);
                Assert.Contains("do not prove", await FailedAsync([.. command, folder["fork"]]), StringComparison.Ordinal);
                Assert.Contains("rolled back", await FailedAsync([.. command, folder["longer"]]), StringComparison.Ordinal);
                Assert.Contains("not signed by a key of the log", await FailedAsync([.. command, folder["forged"]]), StringComparison.Ordinal);
            }

            async Task<string> FailedAsync(string[] arguments)
            {
                var wrong = await RunAsync(arguments);
                Assert.Equal(ExitCode.Failed, wrong.Code);
                return wrong.Output;
            }
        });
    }

    private static async Task<string> MemberTokenAsync(WebApplication app, string url)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url), DefaultRequestHeaders = { Authorization = new("Bearer", Token) } };
        using var admitted = await http.PostAsync(AuthorityRoutes.ForAdmission(Member), new StringContent("{}", Encoding.UTF8, "application/json"));
        admitted.EnsureSuccessStatusCode();
        return app.Services.GetRequiredService<Authority.Tokens.TokenIssuer>().Issue(app.Services.GetRequiredService<Authority.Participants.ParticipantStore>().Find(Member)!, "did:web:authority.example").AccessToken;
    }

    private async Task ExportAsync(Func<WebApplication, string, Task> then)
    {
        await using var app = await StartAsync();
        await ExportAsync(app);
        await then(app, app.Services.GetRequiredService<ServiceAddress>().Url);
    }

    private async Task<(int Code, string Output)> ExportAsync(params string[] also)
    {
        await using var app = await StartAsync();
        var (exported, service) = await ExportAsync(app);
        return also.Length > 0 ? await RunAsync([.. also, .. service]) : exported;
    }

    private async Task<WebApplication> StartAsync()
    {
        var app = AuthorityHost.Build(new AuthoritySettings
        {
            Space = new SpaceOptions { Id = "test-space" },
            Participant = new ParticipantOptions { Id = "did:web:authority.example", Name = "Authority" },
            Storage = new StorageOptions { Folder = folder["data"] },
            Management = new() { Token = Token },
        });
        await app.StartServiceAsync(TextWriter.Null);
        return app;
    }

    private async Task<((int Code, string Output) Exported, string[] Service)> ExportAsync(WebApplication app)
    {
        using var key = SigningKey.Generate();
        await FillAsync(app, key);
        await File.WriteAllTextAsync(folder["token"], Token);
        string[] service = ["--url", app.Services.GetRequiredService<ServiceAddress>().Url, "--token-file", folder["token"]];
        var exported = await RunAsync(["log", "export", Bundle, "--bundle", .. service]);
        Assert.True(exported.Code == ExitCode.Ok, exported.Output);
        var keys = new LogBundle(Bundle).Keys();
        await File.WriteAllBytesAsync(folder["keys.json"], ProtocolJson.Write(new JwkSet(keys.Log)));
        return (exported, service);
    }

    private static async Task FillAsync(WebApplication app, SigningKey key)
    {
        using var http = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<ServiceAddress>().Url) };
        var application = new ParticipantApplication { Id = Did.Parse(Member), Name = "Member", Region = "44", Roles = [], Endpoint = new Uri("https://member.example"), Key = key.Public.Jwk };
        using var applied = await http.PostAsync(AuthorityRoutes.Applications, new StringContent(SignedApplication.Create(application, key), Encoding.ASCII, SignedApplication.MediaType));
        applied.EnsureSuccessStatusCode();
        using var scope = app.Services.CreateScope();
        var (members, publisher) = (app.Services.GetRequiredService<MemberBatches>(), app.Services.GetRequiredService<LogPublisher>());
        List<EvidenceEntry> story = [Entry(EvidenceKinds.NegotiationRequested) with { Process = "urn:uuid:negotiation-1" }, Entry(EvidenceKinds.NegotiationAgreed) with { Process = "urn:uuid:negotiation-1", Agreement = Agreement }, Entry(EvidenceKinds.AgreementFiled) with { Agreement = Agreement }];
        foreach (var entries in (List<EvidenceEntry>[])[Many(1), story, Many(300), [.. Many(2), story[0], .. Many(1)], Many(400)])
        {
            var (first, count) = await members.AppendAsync(EvidenceBatch.Create(entries, key), new DefaultHttpContext().Response);
            await publisher.WaitAsync(first + count, CancellationToken.None);
        }

        // The authority's own acts are in the log, too, before it is exported.
        var trail = app.Services.GetRequiredService<Hosting.Evidence.EvidenceTrail>();
        Assert.True(await app.Services.GetRequiredService<Database>().WaitUntilAsync(() => trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));
        var head = Checkpoint.Parse(publisher.Latest.Note[..(publisher.Latest.Note.IndexOf("\n\n", StringComparison.Ordinal) + 1)]);
        await app.Services.GetRequiredService<Witnesses>().AddAsync(Member, Cosignature.Create(head, key, Member));
    }

    private static List<EvidenceEntry> Many(int count) => [.. Enumerable.Range(0, count).Select(number => Entry(EvidenceKinds.UsageRecorded) with { Data = ProtocolJson.ToElement(new { number, rate = number / 7.0, text = "电网 \"x\"\n" }) })];

    private static EvidenceEntry Entry(string kind) => new()
    {
        Id = Guid.CreateVersion7().ToString(),
        Time = new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero),
        Source = Member,
        Kind = kind,
        Data = ProtocolJson.ToElement(new { }),
    };

    private static byte[] Flipped(byte[] bytes, int place)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[place] ^= 1;
        return flipped;
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await TdsCommand.RunAsync(arguments, output, error);
        return (code, output.ToString() + error);
    }

    /// <summary>The second verifier; null where there is no Node.</summary>
    private async Task<(int Code, string Output)?> NodeAsync()
    {
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Evidence", "verify-log.mjs"), Bundle, folder["keys.json"]]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = node.StandardError.ReadToEndAsync();
            var output = await node.StandardOutput.ReadToEndAsync();
            await node.WaitForExitAsync();
            return (node.ExitCode, output + await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            TestContext.Current.TestOutputHelper?.WriteLine("The second verifier was not run: this machine has no node.");
            return null;
        }
    }
}
