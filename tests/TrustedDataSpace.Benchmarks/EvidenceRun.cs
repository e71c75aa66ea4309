using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Benchmarks;

/// <summary>
/// The evidence log: appending whole signed batches durably, a slow and steady stream of them, proofs, the room that the log takes, and
/// verifying it. Budget in docs/design.md §5; the table of docs/benchmarks/evidence.md is what this prints.
/// </summary>
internal static class EvidenceRun
{
    public const int UsualEntries = 200_000;

    private const int Writers = 4;
    private const int SteadySeconds = 20;
    private const int SteadyBatch = 50;
    private const int SteadyPerSecond = 20;
    private const int Proofs = 2000;
    private const long Stride = 2_654_435_761;
    private const int Signatures = 20_000;
    private const string Member = "did:web:provider.example";

    public static async Task RunAsync(int entries)
    {
        using var folder = new TempFolder();
        using var key = SigningKey.Generate();
        var settings = new AuthoritySettings
        {
            Space = new SpaceOptions { Id = "bench" },
            Participant = new ParticipantOptions { Id = "did:web:authority.example", Name = "Authority" },
            Storage = new StorageOptions { Folder = folder["data"] },
            Management = new() { Token = "tds_management_of_the_tests_0123456789" },
            Evidence = new EvidenceOptions { EntriesPerSecond = int.MaxValue, Burst = int.MaxValue },
        };
        await using var app = AuthorityHost.Build(settings, builder => builder.Logging.ClearProviders());
        await app.StartServiceAsync(TextWriter.Null);
        await JoinAsync(app.Services, key);
        var (members, publisher, reader, database) = (
            app.Services.GetRequiredService<MemberBatches>(), app.Services.GetRequiredService<LogPublisher>(), app.Services.GetRequiredService<LogReader>(), app.Services.GetRequiredService<Database>());

        async Task SubmitAsync(EvidenceBatch batch)
        {
            var (first, count) = await members.AppendAsync(batch, new DefaultHttpContext().Response);
            await publisher.WaitAsync(first + count, CancellationToken.None);
        }

        // The batches are signed before: that is the members' work.
        await SubmitAsync(Batch(1000, key));
        var batches = Enumerable.Range(0, entries / EvidenceBatch.MaxEntries).Select(_ => Batch(EvidenceBatch.MaxEntries, key)).ToList();
        var bytes = batches.Sum(batch => batch.Entries.Sum(entry => (long)entry.CanonicalBytes().Length));
        var (before, next) = (RoomOf(folder["data"], database), -1);
        var (watch, cpu) = (Stopwatch.StartNew(), Cpu());
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < batches.Count;)
            {
                await SubmitAsync(batches[i]);
            }
        })));
        var appending = watch.Elapsed;
        var room = RoomOf(folder["data"], database) - before;
        Row("append, durable, batches of 1,000 from 4 at once: signature checked, committed, published, receipt", $"{batches.Count * 1000 / appending.TotalSeconds:N0} entries/s", Cpu() - cpu, batches.Count * 1000);
        Row("room beyond the entries themselves", $"{(double)(room - bytes) / (batches.Count * 1000):N1} bytes an entry ({bytes / (batches.Count * 1000)} bytes each)");

        var delays = await SteadyAsync(SubmitAsync, key);
        Row("submit to receipt at 1,000 entries/s (20 batches of 50 a second)", $"p50 {delays[delays.Count / 2]:N1} ms, p99 {delays[delays.Count * 99 / 100]:N1} ms");
        Prove(reader);
        VerifyTiles(settings, reader, app.Services.GetRequiredService<KeyStore>().First("authority").Public, key.Public);
        VerifySignatures(key);
    }

    /// <summary>A proof in a log of 10 million entries, whose tiles are laid out without their entries.</summary>
    public static void RunLarge(long size)
    {
        using var folder = new TempFolder();
        var files = new LogFiles(new AuthoritySettings { Storage = new StorageOptions { Folder = folder["data"] } });
        var tile = new byte[TilePath.FullWidth * MerkleTree.HashLength];
        var roots = new List<byte[]>();
        for (var index = 0L; TilePath.At(0, index, size) is { Width: > 0 } path; index++)
        {
            RandomNumberGenerator.Fill(tile);
            files.Write(path, tile.AsSpan(0, path.Width * MerkleTree.HashLength));
            if (path.IsFull)
            {
                roots.Add(TileTree.Join(tile));
            }
        }

        for (var level = 1; roots.Count > 0; level++)
        {
            var above = new List<byte[]>();
            for (var index = 0L; TilePath.At(level, index, size) is { Width: > 0 } path; index++)
            {
                var hashes = roots.Skip((int)index * TilePath.FullWidth).Take(path.Width).SelectMany(hash => hash).ToArray();
                files.Write(path, hashes);
                if (path.IsFull)
                {
                    above.Add(TileTree.Join(hashes));
                }
            }

            roots = above;
        }

        var (times, most) = (new List<double>(), 0);
        for (var i = 0; i < Proofs; i++)
        {
            var watch = Stopwatch.StartNew();
            var proof = InclusionProof.Create(i * Stride % size, size, new TileTree(size, files.Read).Root);
            times.Add(watch.Elapsed.TotalMilliseconds);
            most = Math.Max(most, proof.Hashes.Count);
        }

        times.Sort();
        Row(string.Create(CultureInfo.InvariantCulture, $"inclusion proof at {size:N0} entries"), $"p50 {times[Proofs / 2]:N2} ms, p99 {times[Proofs * 99 / 100]:N2} ms, {most} hashes at most");
    }

    private static async Task<List<double>> SteadyAsync(Func<EvidenceBatch, Task> submit, SigningKey key)
    {
        var delays = new List<double>();
        var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / SteadyPerSecond));
        var under = new List<Task>();
        for (var i = 0; i < SteadySeconds * SteadyPerSecond && await pace.WaitForNextTickAsync(); i++)
        {
            under.Add(Task.Run(async () =>
            {
                var batch = Batch(SteadyBatch, key);
                var begin = Stopwatch.GetTimestamp();
                await submit(batch);
                lock (delays)
                {
                    delays.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                }
            }));
        }

        await Task.WhenAll(under);
        pace.Dispose();
        delays.Sort();
        return delays;
    }

    private static void Prove(LogReader reader)
    {
        var (size, times) = (reader.Latest().Size, new List<double>());
        for (var i = 0; i < Proofs; i++)
        {
            var watch = Stopwatch.StartNew();
            reader.Inclusion(i * Stride % size, size);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        Row(string.Create(CultureInfo.InvariantCulture, $"inclusion proof at {size:N0} entries"), $"p50 {times[Proofs / 2]:N2} ms, p99 {times[Proofs * 99 / 100]:N2} ms");
    }

    private static void VerifyTiles(AuthoritySettings settings, LogReader reader, PublicKey log, PublicKey member)
    {
        var (bundle, lines, from) = (new LogBundle(new LogFiles(settings).Folder), new List<string>(), 0L);
        while (reader.Batches(from, EvidenceBatch.MaxEntries) is { Count: > 0 } page)
        {
            lines.AddRange(page.Select(batch => batch.ToLine()));
            from = page[^1].First + 1;
        }

        File.WriteAllText(bundle.PathOf(LogBundle.CheckpointsFile), "");
        File.WriteAllLines(bundle.PathOf(LogBundle.BatchesFile), lines);
        File.WriteAllBytes(bundle.PathOf(LogBundle.KeysFile), ProtocolJson.Write(new LogKeys([], new Dictionary<string, IReadOnlyList<Jwk>> { [Member] = [member.Jwk] })));
        new LogVerifier(bundle, [log]).Run();
        var cpu = Cpu();
        var found = new LogVerifier(bundle, [log]).Run();
        Row("verify: entries, canonical form, tiles, roots", found.Valid ? $"{found.Size / found.Hashing.TotalSeconds:N0} entries/s" : $"NOT verified: {found.Faults[0]}", Cpu() - cpu, found.Size);
    }

    private static async Task JoinAsync(IServiceProvider services, SigningKey key)
    {
        using var http = new HttpClient { BaseAddress = new Uri(services.GetRequiredService<ServiceAddress>().Url) };
        var application = new ParticipantApplication { Id = Did.Parse(Member), Name = "Member", Region = "44", Roles = [], Endpoint = new Uri("https://member.example"), Key = key.Public.Jwk };
        using var content = new StringContent(SignedApplication.Create(application, key), Encoding.ASCII, SignedApplication.MediaType);
        using var answer = await http.PostAsync(AuthorityRoutes.Applications, content);
        answer.EnsureSuccessStatusCode();
    }

    private static EvidenceBatch Batch(int count, SigningKey key) => EvidenceBatch.Create(
        [.. Enumerable.Range(0, count).Select(number => new EvidenceEntry
        {
            Id = Guid.CreateVersion7().ToString(),
            Time = TimeProvider.System.GetUtcNow(),
            Source = Member,
            Kind = EvidenceKinds.UsageRecorded,
            Agreement = "urn:uuid:0197d3a1-5c1e-7bb0-9d5e-3d3c6a1f2b44",
            Process = "urn:uuid:0197d3a1-5c1e-7bb0-9d5e-3d3c6a1f2b45",
            Policy = "sha256:05febd3771b976fe",
            Data = ProtocolJson.ToElement(new { requests = number, units = number * 96L, root = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=" }),
        })],
        key);

    /// <summary>What the log takes on the disk: files, and pages of the database that are in use.</summary>
    private static long RoomOf(string folder, Database database)
    {
        var tiles = Directory.EnumerateFiles(Path.Combine(folder, "log"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        var rows = database.Read(connection => connection.QuerySingle<long>("SELECT (SELECT * FROM pragma_page_count()) - (SELECT * FROM pragma_freelist_count())")) * 4096;
        return tiles + rows;
    }

    private static void VerifySignatures(SigningKey key)
    {
        var batch = Batch(1, key);
        var logged = LoggedBatch.Of(batch, 0, 1, []);
        var (hash, keys) = (batch.Entries[0].LeafHash(), new BatchKeys([key.Public]));

        // As the verifier does it, after a first round that nobody counts.
        Parallel.For(0, Signatures / 10, _ => logged.Verify([.. hash], keys));
        var (watch, cpu) = (Stopwatch.StartNew(), Cpu());
        Parallel.For(0, Signatures, _ => logged.Verify([.. hash], keys));
        Row("verify: signatures of batches, on all processors", $"{Signatures / watch.Elapsed.TotalSeconds:N0} signatures/s", Cpu() - cpu, Signatures);
    }

    private static TimeSpan Cpu() => Environment.CpuUsage.TotalTime;

    private static void Row(string what, string figure, TimeSpan cpu = default, long count = 1) =>
        Console.WriteLine($"| {what} | {figure} | {(cpu == default ? "" : $"{cpu.TotalMicroseconds / count:N1} µs")} |");
}
