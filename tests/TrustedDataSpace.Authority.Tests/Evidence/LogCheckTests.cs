using Microsoft.Data.Sqlite;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Evidence;

public sealed class LogCheckTests
{
    [Fact]
    public async Task Damage_in_tiles_rows_and_checkpoints_is_found_and_named()
    {
        using var folder = new TempFolder();
        await using (var log = await LogUnderTest.StartAsync(folder))
        {
            var leaves = LogLeaf.Of([.. Enumerable.Range(0, 700).Select(number => new EvidenceEntry
            {
                Id = Guid.CreateVersion7().ToString(), Time = DateTimeOffset.UnixEpoch, Source = "did:web:a.example", Kind = EvidenceKinds.UsageRecorded, Data = ProtocolJson.ToElement(new { number }),
            })]);
            foreach (var part in new[] { leaves.Take(300), leaves.Skip(300) })
            {
                await log.Publisher.WaitAsync(await log.Database.WriteAsync(unit => log.Log.Append(unit, [.. part]) is var (first, count) ? first + count : 0), CancellationToken.None);
            }
        }

        Assert.Equal((700, 0), (LogCheck.Run(folder["data"]).Entries, LogCheck.Run(folder["data"]).Faults.Count));
        foreach (var (file, place) in new[] { ("tile/entries/001", "tile/entries/001"), ("tile/0/000", "tile/entries/000 entry 5 (index 5)"), ("tile/entries/002.p/188", "tile/entries/002.p/188"), ("checkpoint", "checkpoint") })
        {
            var path = Path.Combine(folder["data"], "log", file);
            var good = await File.ReadAllBytesAsync(path);
            var bad = (byte[])good.Clone();
            bad[170] ^= 1;
            await File.WriteAllBytesAsync(path, bad);
            Assert.StartsWith(place, LogCheck.Run(folder["data"]).Faults[0].Place, StringComparison.Ordinal);
            await File.WriteAllBytesAsync(path, good[..^1]);
            Assert.NotEmpty(LogCheck.Run(folder["data"]).Faults);
            await File.WriteAllBytesAsync(path, good);
        }

        foreach (var (damage, place) in new[]
        {
            ("UPDATE log_ids SET idx = 1000 WHERE idx = 17", "row of log_ids 17"),
            ("UPDATE log_staged SET entry = x'00' WHERE idx = 690", "row of log_staged 690"),
            ("UPDATE log_checkpoints SET root = 'AAAA' WHERE size = 300", "row of log_checkpoints 300"),
            ("UPDATE log_head SET root = x'00'", "row of log_head"),
        })
        {
            var copy = folder["copy"];
            CopyFolder(folder["data"], copy);
            await using (var connection = new SqliteConnection($"Data Source={Path.Combine(copy, "tds.sqlite")};Pooling=False"))
            {
                await connection.OpenAsync();
                await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The damage of this table.
                command.CommandText = damage;
#pragma warning restore CA2100
                Assert.Equal(1, await command.ExecuteNonQueryAsync());
            }

            Assert.Equal(place, LogCheck.Run(copy).Faults[0].Place);
            Directory.Delete(copy, recursive: true);
        }
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
