using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>
/// An authority is killed (SIGKILL) at random moments while a member appends to its log. After each start: every checkpoint that was seen
/// before is one of this log, each acknowledged entry stands at its place, and a batch whose answer was lost is logged once.
/// </summary>
public sealed class LogKillRun : IDisposable
{
    private const string Authority = "did:web:authority.example";
    private const string Me = "did:web:member.example";
    private const string Token = "tds_management_of_the_tests_0123456789";
    private const int Writers = 3;

    // A start takes about a second: kills fall into it as well as behind it.
    private const int LongestLife = 2500;

    private readonly TempFolder folder = new();
    private readonly HttpClient http = new();
    private readonly SigningKey key = SigningKey.Generate();
    private readonly ConcurrentDictionary<long, byte[]> acknowledged = new();
    private readonly List<SignedCheckpoint> seen = [];
    private readonly string address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Find()}");
    private PublicKey? logKey;

    /// <summary>How many entries the log has acknowledged.</summary>
    public int Acknowledged => acknowledged.Count;

    /// <summary>The size of the log after the last start.</summary>
    public long Size { get; private set; }

    /// <summary>Kills that fell before the authority had answered anything.</summary>
    public int KilledEarly { get; private set; }

    /// <summary>For the report: Markdown.</summary>
    public string ToTable(int kills, string seed, TimeSpan time)
    {
        var table = new StringBuilder("| what | how many |\n|---|---|\n");
        table.Append(CultureInfo.InvariantCulture, $"| seed | `{seed}` |\n");
        table.Append(CultureInfo.InvariantCulture, $"| kills of the authority while a member appends | {kills} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| of these before the first answer after a start | {KilledEarly} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| entries acknowledged | {Acknowledged} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| entries in the log | {Size} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| checkpoints held against the log | {seen.Count} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| time | {time.TotalSeconds:F0} s |\n");
        return table.ToString();
    }

    public void Dispose()
    {
        http.Dispose();
        key.Dispose();
        folder.Dispose();
    }

    /// <summary>Kills so many times; throws at the first thing that is not as it must be.</summary>
    /// <param name="kills">How many.</param>
    /// <param name="dice">Choices.</param>
    /// <param name="longestLife">Milliseconds between a start and its kill, at most. What is written in them is read as a whole after each start.</param>
    public async Task RunAsync(int kills, Dice dice, int longestLife = LongestLife)
    {
        await using (var first = await StartAsync())
        {
            await JoinAsync();
        }

        for (var kill = 0; kill < kills; kill++)
        {
            await using var service = await StartAsync();
            await CheckAsync();
            var before = acknowledged.Count;
            using var stop = new CancellationTokenSource();
            var bearer = await TokenAsync();
            var writing = Enumerable.Range(0, Writers).Select(_ => Task.Run(() => WriteAsync(bearer, dice, stop.Token))).ToList();
            await Task.Delay(dice.Next(longestLife));
            await service.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(writing);
            KilledEarly += acknowledged.Count == before ? 1 : 0;
        }

        await using var last = await StartAsync();
        await CheckAsync();
    }

    /// <summary>
    /// The disk is full while a member appends: nothing is acknowledged, what was is still there to be read, and with room again the very batch is taken, once.
    /// </summary>
    public async Task FillAsync()
    {
        await using (var service = await StartAsync())
        {
            await JoinAsync();
            var bearer = await TokenAsync();
            var batches = Enumerable.Range(0, 4).Select(_ => Batch(300)).ToList();
            await AppendAsync(bearer, batches[0]);
            await LimitFilesAsync(service, "1");
            for (var i = 1; i < batches.Count; i++)
            {
                var refusal = await Refused(AppendAsync(bearer, batches[i]));
                Fail.Unless(refusal.Contains(" 50", StringComparison.Ordinal) || refusal.Contains("InternalServerError", StringComparison.Ordinal) || refusal.Contains("ServiceUnavailable", StringComparison.Ordinal), refusal);
            }

            await CheckAsync();
            Fail.Unless(Size < 600 && Acknowledged == 300, $"{Acknowledged} entries are acknowledged, the log has {Size}");
            await LimitFilesAsync(service, "unlimited");
            foreach (var batch in batches)
            {
                await AppendAsync(bearer, batch);
            }

            await CheckAsync();
            await service.KillAsync();
        }

        await using var again = await StartAsync();
        await CheckAsync();
        Fail.Unless(Acknowledged == 1200, $"{Acknowledged} of 1200 entries are acknowledged");
    }

    private static async Task<string> Refused(Task append)
    {
        try
        {
            await append;
        }
        catch (RefusalException refusal)
        {
            return refusal.Message;
        }

        throw new InvalidOperationException("a batch was acknowledged though nothing can be written");
    }

    // The largest file that the process may write: less than its files have, as on a full disk.
    private static async Task LimitFilesAsync(ServiceProcess service, string bytes)
    {
        using var prlimit = Process.Start("prlimit", ["--pid", service.Id.ToString(CultureInfo.InvariantCulture), $"--fsize={bytes}:"]);
        await prlimit.WaitForExitAsync().Within("prlimit");
        Fail.Unless(prlimit.ExitCode == 0, "prlimit failed");
    }

    private Task<ServiceProcess> StartAsync() => ServiceProcess.StartAsync(
        "TrustedDataSpace.Authority",
        ["--Space:Id", "kills", "--Participant:Id", Authority, "--Storage:Folder", folder["data"], "--Listen:Url", address, "--Management:Token", Token, "--Evidence:EntriesPerSecond", "1000000", "--Evidence:Burst", "1000000"]);

    private async Task JoinAsync()
    {
        var application = new ParticipantApplication { Id = Did.Parse(Me), Name = "Member", Region = "44", Roles = [], Endpoint = new Uri("https://member.example"), Key = key.Public.Jwk };
        await SendAsync(HttpMethod.Post, AuthorityRoutes.Applications, null, new StringContent(SignedApplication.Create(application, key), Encoding.ASCII, SignedApplication.MediaType));
        await SendAsync(HttpMethod.Post, AuthorityRoutes.ForAdmission(Me), Token, null);
        logKey = ProtocolJson.Read<JwkSet>(await SendAsync(HttpMethod.Get, AuthorityRoutes.Jwks, null, null)).LogKeys()[0];
    }

    private async Task<string> TokenAsync()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Me, ["sub"] = Me, ["aud"] = address + AuthorityRoutes.Token, ["jti"] = Guid.NewGuid().ToString(), ["iat"] = now, ["exp"] = now + 60 };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["client_assertion"] = Jwt.Sign(claims, key, TokenTypes.ClientAssertion),
            ["resource"] = Authority,
        });
        return ProtocolJson.Read<TokenResponse>(await SendAsync(HttpMethod.Post, AuthorityRoutes.Token, null, form)).AccessToken;
    }

    private async Task WriteAsync(string bearer, Dice dice, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await AppendAsync(bearer, Batch(1 + dice.Next(120)));
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException)
            {
                return;
            }
        }
    }

    private EvidenceBatch Batch(int count) => EvidenceBatch.Create(
        [.. Enumerable.Range(0, count).Select(number => new EvidenceEntry
        {
            Id = Guid.CreateVersion7().ToString(), Time = DateTimeOffset.UnixEpoch, Source = Me, Kind = EvidenceKinds.UsageRecorded, Data = ProtocolJson.ToElement(new { number }),
        })],
        key);

    private async Task AppendAsync(string bearer, EvidenceBatch batch)
    {
        using var body = new ByteArrayContent(ProtocolJson.Write(batch));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var receipt = ProtocolJson.Read<EvidenceReceipt>(await SendAsync(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, bearer, body));
        for (var i = 0; i < receipt.Count; i++)
        {
            var hash = batch.Entries[i].LeafHash();
            Fail.Unless(acknowledged.GetOrAdd(receipt.FirstIndex + i, hash).AsSpan().SequenceEqual(hash), $"two entries have the place {receipt.FirstIndex + i}");
        }
    }

    private async Task CheckAsync()
    {
        var text = Encoding.UTF8.GetString(await SendAsync(HttpMethod.Get, AuthorityRoutes.LogCheckpoint, Token, null));
        var head = SignedCheckpoint.Verify(text, logKey!);
        Size = head.Checkpoint.Size;
        var hashes = new List<byte[]>();
        for (var index = 0L; TilePath.At(TilePath.Entries, index, Size) is { Width: > 0 } tile; index++)
        {
            var bundle = EntryBundle.Read(await SendAsync(HttpMethod.Get, $"{AuthorityRoutes.Log}/{tile}", Token, null));
            var stored = await SendAsync(HttpMethod.Get, $"{AuthorityRoutes.Log}/{tile with { Level = 0 }}", Token, null);
            hashes.AddRange(bundle.Select(entry => MerkleTree.LeafHash(entry.Span)));
            Fail.Unless(stored.AsSpan().SequenceEqual(hashes.Skip((int)index * TilePath.FullWidth).SelectMany(hash => hash).ToArray()), $"{tile} is not what its hashes say");
        }

        Fail.Unless(hashes.Count == Size, $"the checkpoint counts {Size} entries, there are {hashes.Count}");
        Fail.Unless(hashes.DistinctBy(Convert.ToBase64String).Count() == hashes.Count, "an entry stands in the log twice");
        seen.Add(head);
        foreach (var (one, root) in Roots(hashes))
        {
            Fail.Unless(one.Checkpoint.Root == root, $"the log has forked at {one.Checkpoint.Size}");
        }

        foreach (var (place, hash) in acknowledged)
        {
            Fail.Unless(place < Size && hashes[(int)place].AsSpan().SequenceEqual(hash), $"acknowledged entry {place} is lost");
        }
    }

    private List<(SignedCheckpoint Seen, string Root)> Roots(List<byte[]> hashes)
    {
        var (tree, found) = (new CompactRange(), new List<(SignedCheckpoint, string)>());
        for (var size = 0; size <= hashes.Count; size++)
        {
            found.AddRange(seen.Where(one => one.Checkpoint.Size == size).Select(one => (one, Convert.ToBase64String(tree.Root()))));
            if (size < hashes.Count)
            {
                tree.Append(hashes[size]);
            }
        }

        Fail.Unless(found.Count == seen.Count, "the log is shorter than a checkpoint that was seen");
        return found;
    }

    private async Task<byte[]> SendAsync(HttpMethod method, string route, string? bearer, HttpContent? body)
    {
        using var request = new HttpRequestMessage(method, address + route) { Content = body };
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        using var answer = await http.SendAsync(request);
        var content = await answer.Content.ReadAsByteArrayAsync();
        return answer.IsSuccessStatusCode ? content : throw new RefusalException(RefusalCode.Internal, $"{method} {route}: {answer.StatusCode} {Encoding.UTF8.GetString(content)}");
    }
}
