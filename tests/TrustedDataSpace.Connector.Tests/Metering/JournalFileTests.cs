using System.Text;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <summary>The file under the journal of uses: what a new process finds in it.</summary>
public sealed class JournalFileTests : IDisposable
{
    private const int Capacity = 4096;

    private readonly TempFolder folder = new();

    public JournalFileTests() => Directory.CreateDirectory(folder["data"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_appended_is_found_by_the_next_process_in_its_order()
    {
        using (var file = Open())
        {
            Assert.True(file.TryAppend("one"u8));
            Assert.True(file.TryAppend("two, longer than eight bytes"u8));
        }

        using var next = Open();
        Assert.Equal(["one", "two, longer than eight bytes"], Texts(next));
        Assert.True(next.TryAppend("three"u8));
        Assert.Equal("three", Texts(next)[^1]);
    }

    [Fact]
    public void Reading_begins_behind_what_was_taken_over()
    {
        using var file = Open();
        file.TryAppend("one"u8);
        var taken = file.End;
        file.TryAppend("two"u8);
        Assert.Equal(["two"], Texts(file, taken));
        Assert.Empty(Texts(file, file.End));
    }

    [Fact]
    public void An_entry_that_was_written_by_half_ends_the_reading_and_is_overwritten()
    {
        JournalPosition whole;
        using (var file = Open())
        {
            file.TryAppend("whole"u8);
            whole = file.End;
            file.TryAppend("half of this is lost"u8);
        }

        using (var stream = File.OpenWrite(folder["data/usage-journal.0"]))
        {
            stream.Position = whole.Offset + 12;
            stream.Write("????"u8);
        }

        using var next = Open();
        Assert.Equal(["whole"], Texts(next));
        Assert.Equal(whole, next.End);
        next.TryAppend("after"u8);
        Assert.Equal(["whole", "after"], Texts(next));
    }

    [Fact]
    public void A_full_journal_takes_nothing_until_a_whole_segment_is_taken_over_and_forgets_nothing_before()
    {
        using var file = Open();
        var count = 0;
        var ends = new List<JournalPosition>();
        while (file.TryAppend(Encoding.UTF8.GetBytes($"entry {count}")))
        {
            count++;
            ends.Add(file.End);
        }

        Assert.Equal(count, Texts(file).Count);
        var lastOfFirst = ends.FindLastIndex(end => end.Generation == 1);
        file.Free(ends[lastOfFirst - 1]);
        Assert.False(file.TryAppend("too early"u8));
        file.Free(ends[lastOfFirst]);
        Assert.True(file.TryAppend("in time"u8));
        Assert.Equal([.. Enumerable.Range(lastOfFirst + 1, count - lastOfFirst - 1).Select(i => $"entry {i}"), "in time"], Texts(file, ends[lastOfFirst]));
    }

    [Fact]
    public void Entries_of_an_earlier_filling_are_not_read_behind_those_of_the_present_one()
    {
        using (var file = Open())
        {
            // The same length each time, so that the old ones stand exactly where the next would be read.
            for (var i = 0; i < 1000; i++)
            {
                Assert.True(file.TryAppend(Encoding.UTF8.GetBytes($"entry {i:D4}")));
                file.Free(file.End);
            }
        }

        using var next = Open();
        Assert.Equal("entry 0999", Texts(next, new JournalPosition(next.End.Generation, JournalSegment.Start))[^1]);
    }

    [Fact]
    public void Every_kind_of_entry_is_read_back_as_it_was()
    {
        var ticket = new UsageTicket("PROVIDER", "flow-1", 29_000_000, 7, "agreement-1", new UsageClaim("inference", "k", "d", "r"), 0);
        var bare = ticket with { Claim = new UsageClaim("", null, "") };
        var named = bare with { AgreementId = "" };
        JournalEntry[] entries =
        [
            new(JournalKind.Open, ticket, default),
            new(JournalKind.Open, bare, default),
            new(JournalKind.Release, named, default),
            .. new[] { UsageOutcomes.Ok, UsageOutcomes.Miss, UsageOutcomes.Error, UsageOutcomes.Cut, UsageOutcomes.Retry }
                .Select(outcome => new JournalEntry(JournalKind.Settle, named, new Delivered(outcome, long.MaxValue, 1, "digest", false))),
        ];
        foreach (var entry in entries)
        {
            var buffer = new System.Buffers.ArrayBufferWriter<byte>();
            entry.Write(buffer);
            Assert.Equal(entry, JournalEntry.Read(buffer.WrittenSpan));
            for (var length = 0; length < buffer.WrittenCount; length++)
            {
                var cut = buffer.WrittenSpan[..length].ToArray();
                Assert.Throws<InvalidDataException>(() => JournalEntry.Read(cut));
            }
        }

        Assert.Throws<InvalidDataException>(() => JournalEntry.Read([9, .. new byte[64]]));
    }

    private JournalFile Open() => new(folder["data"], Capacity);

    private static List<string> Texts(JournalFile file, JournalPosition after = default) =>
        [.. file.ReadAfter(after).Select(one => Encoding.UTF8.GetString(one.Entry))];
}
