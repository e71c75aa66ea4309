using System.Text;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

public sealed class LogVerifyTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly SigningKey key = SigningKey.Generate();

    public void Dispose()
    {
        key.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Export_as_written_is_verified()
    {
        var run = await CommandRun.OfAsync("log", "verify", await WriteAsync());
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("entries  3", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("evidence verified" + Environment.NewLine, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_changed_byte_fails_and_is_located()
    {
        var file = await WriteAsync();
        var good = await File.ReadAllBytesAsync(file);

        // One byte in every line: format, key, checkpoint, signature, entries.
        var starts = Enumerable.Range(0, good.Length).Where(i => (i == 0 || good[i - 1] == '\n') && good[i] != '\n');
        foreach (var place in starts.Select(start => start + 2))
        {
            var changed = (byte[])good.Clone();
            changed[place] ^= 1;
            await File.WriteAllBytesAsync(file, changed);
            var run = await CommandRun.OfAsync("log", "verify", file);
            Assert.Equal(ExitCode.Failed, run.Code);
            Assert.Contains($"{file}:{1 + good.AsSpan(0, place).Count((byte)'\n')}: ", run.Output, StringComparison.Ordinal);
            Assert.Contains("NOT verified", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Expected_key_is_taken_as_jwk_as_file_and_as_set()
    {
        var export = await WriteAsync();
        var jwk = Encoding.UTF8.GetString(ProtocolJson.Write(key.Public.Jwk));
        await File.WriteAllTextAsync(folder["key.json"], jwk);
        using var other = SigningKey.Generate();
        await File.WriteAllBytesAsync(folder["keys.json"], ProtocolJson.Write(new JwkSet([other.Public.Jwk, key.Public.Jwk])));
        foreach (var given in new[] { jwk, folder["key.json"], folder["keys.json"] })
        {
            var run = await CommandRun.OfAsync("log", "verify", export, "--key", given);
            Assert.Equal(ExitCode.Ok, run.Code);
            Assert.Contains("the one you gave", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Export_by_another_key_fails()
    {
        using var other = SigningKey.Generate();
        var run = await CommandRun.OfAsync("log", "verify", await WriteAsync(), "--key", Encoding.UTF8.GetString(ProtocolJson.Write(other.Public.Jwk)));
        Assert.Equal(ExitCode.Failed, run.Code);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no-such-file.json")]
    public async Task What_is_no_key_is_wrong_use(string given)
    {
        var run = await CommandRun.OfAsync("log", "verify", await WriteAsync(), "--key", given);
        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.Contains("JWK", run.Error, StringComparison.Ordinal);
    }

    private async Task<string> WriteAsync()
    {
        var entries = Enumerable.Range(1, 3).Select(number => new EvidenceEntry
        {
            Id = $"entry-{number}",
            Time = new DateTimeOffset(2026, 5, 12, 0, 0, number, TimeSpan.Zero),
            Source = "did:web:grid.power-grid.example",
            Kind = EvidenceKinds.UsageRecorded,
            Data = ProtocolJson.ToElement(new { number }),
        }).ToList();
        var root = Convert.ToBase64String(MerkleTree.Root([.. entries.Select(entry => entry.LeafHash())]));
        var checkpoint = SignedCheckpoint.Sign(new Checkpoint("authority.example", entries.Count, root), key, "authority.example");
        await using var file = File.Create(folder["evidence.txt"]);
        await EvidenceExport.WriteAsync(file, checkpoint, key.Public, entries.ToAsyncEnumerable());
        return folder["evidence.txt"];
    }
}
