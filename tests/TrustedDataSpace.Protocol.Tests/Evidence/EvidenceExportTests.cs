using System.Text;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Evidence;

public sealed class EvidenceExportTests : IDisposable
{
    private const string Name = "space.example/log";

    private readonly SigningKey key = SigningKey.Generate();

    public void Dispose() => key.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    public async Task Export_verifies_as_written(int count)
    {
        var file = await Export(count);

        var result = EvidenceExport.Verify(new MemoryStream(file), key.Public);

        Assert.Empty(result.Faults);
        Assert.True(result.Valid);
        Assert.Equal(count, result.Entries);
        Assert.Equal(key.Kid, result.Kid);
    }

    [Fact]
    public async Task Every_changed_byte_is_found_and_located_to_its_line()
    {
        var file = await Export(2);
        var line = 1;
        for (var i = 0; i < file.Length; i++)
        {
            foreach (var changed in (byte[])[(byte)(file[i] ^ 1), (byte)'\n'])
            {
                if (changed != file[i])
                {
                    AssertLocated([.. file[..i], changed, .. file[(i + 1)..]], line, $"byte {i} changed to {changed}");
                }
            }

            // Of two line feeds side by side, nobody can tell which is missing: it counts as that of the blank line.
            var gap = file[i] == '\n' && i + 1 < file.Length && file[i + 1] == '\n' ? 1 : 0;
            AssertLocated([.. file[..i], .. file[(i + 1)..]], line + gap, $"byte {i} taken out");
            AssertLocated([.. file[..i], (byte)' ', .. file[i..]], line, $"a space before byte {i}");
            line += file[i] == '\n' ? 1 : 0;
        }
    }

    [Fact]
    public async Task Every_line_taken_out_is_noticed()
    {
        var lines = Encoding.UTF8.GetString(await Export(5)).TrimEnd('\n').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var rest = string.Join('\n', lines.Where((_, n) => n != i)) + "\n";
            Assert.False(Verify(rest).Valid, $"line {i + 1}");
        }
    }

    [Fact]
    public async Task Entry_swapped_with_its_neighbour_is_located()
    {
        var lines = Encoding.UTF8.GetString(await Export(5)).Split('\n');
        (lines[8], lines[9]) = (lines[9], lines[8]);

        Assert.Equal([9, 10], Verify(string.Join('\n', lines)).Faults.Select(f => f.Line).Take(2));
    }

    [Fact]
    public async Task Entry_replaced_together_with_its_hash_is_noticed()
    {
        var entries = Entries.Make(3);
        var forged = entries[1] with { Kind = EvidenceKinds.UsageRecorded };
        var file = await Export(entries, [entries[0], forged, entries[2]]);

        var fault = Assert.Single(EvidenceExport.Verify(new MemoryStream(file), key.Public).Faults);

        Assert.Equal(5, fault.Line);
        Assert.Contains("replaced", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 10)]
    [InlineData(4, 11)]
    public async Task Entries_left_out_or_added_at_the_end_are_located(int written, long line)
    {
        var file = await Export(Entries.Make(3), Entries.Make(written));

        Assert.Equal(line, Assert.Single(EvidenceExport.Verify(new MemoryStream(file), key.Public).Faults).Line);
    }

    [Fact]
    public async Task Log_signed_by_another_key_than_the_pinned_one_is_not_valid()
    {
        using var other = SigningKey.Generate();
        var result = EvidenceExport.Verify(new MemoryStream(await Export(2)), other.Public);
        Assert.Equal(2, Assert.Single(result.Faults).Line);
    }

    [Fact]
    public async Task Forged_signature_is_located()
    {
        using var other = SigningKey.Generate();
        var (ours, theirs) = (Encoding.UTF8.GetString(await Export(2)).Split('\n'), SignedCheckpoint.Sign(Head(Entries.Make(2)), other, Name));
        ours[6] = theirs.Text.TrimEnd('\n').Split('\n')[^1];
        Assert.Equal(7, Assert.Single(Verify(string.Join('\n', ours)).Faults).Line);
    }

    [Fact]
    public void Line_that_is_too_long_is_refused_without_reading_it_all()
    {
        using var endless = new MemoryStream(new byte[3 * EvidenceExport.MaxLineLength]);
        Assert.False(EvidenceExport.Verify(endless, key.Public).Valid);
        Assert.True(endless.Position < endless.Length);
    }

    private Task<byte[]> Export(int count) => Export(Entries.Make(count), Entries.Make(count));

    private async Task<byte[]> Export(EvidenceEntry[] signed, EvidenceEntry[] written)
    {
        using var file = new MemoryStream();
        await EvidenceExport.WriteAsync(file, SignedCheckpoint.Sign(Head(signed), key, Name), key.Public, Entries.Stream(written));
        return file.ToArray();
    }

    private static Checkpoint Head(EvidenceEntry[] entries) =>
        new(Name, entries.Length, Convert.ToBase64String(MerkleTree.Root([.. entries.Select(e => e.LeafHash())])));

    private EvidenceVerification Verify(string file) => EvidenceExport.Verify(new MemoryStream(Encoding.UTF8.GetBytes(file)), key.Public);

    private void AssertLocated(byte[] file, int line, string change)
    {
        var faults = EvidenceExport.Verify(new MemoryStream(file), key.Public).Faults;
        Assert.True(faults.Any(f => f.Line == line), $"{change} in line {line}; found {string.Join(", ", faults)}");
    }
}
