using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Evidence;

public sealed class EvidenceTrailTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Data_that_the_log_would_refuse_is_recorded_by_its_hash()
    {
        await using var database = TestService.Open(folder);
        var trail = Trail(database);
        var data = new { text = new string('x', EvidenceEntry.MaxBytes) };

        await database.WriteAsync(unit => trail.Append(unit, EvidenceKinds.TransferTerminated, data, process: "urn:transfer:1"));

        var entry = Assert.Single(trail.Unlogged(10));
        Assert.True(entry.CanonicalBytes().Length <= EvidenceEntry.MaxBytes);
        Assert.Equal("urn:transfer:1", entry.Process);
        Assert.Equal(CanonicalJson.Hash(ProtocolJson.ToElement(data)), entry.Data.GetProperty("hash").GetString());
        Assert.Equal(CanonicalJson.Bytes(data).Length, entry.Data.GetProperty("bytes").GetInt32());
    }

    [Fact]
    public async Task Names_that_the_log_would_refuse_are_refused_with_the_change_itself()
    {
        await using var database = TestService.Open(folder);
        var trail = Trail(database);

        var refusal = await Assert.ThrowsAsync<RefusalException>(() => database.WriteAsync(
            unit => trail.Append(unit, EvidenceKinds.NegotiationAgreed, new { }, agreement: new string('x', EvidenceEntry.MaxBytes))));

        Assert.Equal(RefusalCode.TooLarge, refusal.Code);
        Assert.Empty(trail.Unlogged(10));
    }

    [Fact]
    public async Task Whoever_follows_the_trail_misses_nothing_however_many_write_and_however_the_clock_runs()
    {
        const int Writers = 8;
        const int Each = 100;
        var clock = new ManualClock();
        await using var database = TestService.Open(folder, clock);
        var trail = new EvidenceTrail(database, new Ids(clock), TestService.Settings(folder));
        var writing = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; number < Each; number++)
            {
                clock.Advance(TimeSpan.FromMilliseconds(writer % 2 == 0 ? 5 : -5));
                await database.WriteAsync(unit => trail.Append(unit, EvidenceKinds.TransferStarted, new { writer, number }));
            }
        })).ToList();

        // Reads behind what it has seen, all the time: an entry that a later commit put before that would be missed.
        var seen = new List<EvidenceEntry>();
        while (seen.Count < Writers * Each)
        {
            var news = trail.Appended.Next;
            var part = trail.After(seen.Count == 0 ? "" : seen[^1].Id, 7);
            seen.AddRange(part);
            if (part.Count == 0)
            {
                await news.Within("more entries");
            }
        }

        await Task.WhenAll(writing);
        Assert.Equal(seen.Select(entry => entry.Id).Order(StringComparer.Ordinal), seen.Select(entry => entry.Id));
        Assert.All(seen.GroupBy(entry => entry.Data.GetProperty("writer").GetInt32()), writer =>
            Assert.Equal(Enumerable.Range(0, Each), writer.Select(entry => entry.Data.GetProperty("number").GetInt32())));
        Assert.Equal(seen[^1].Id, trail.LastId());
    }

    [Fact]
    public async Task Entries_are_counted_on_from_what_was_counted_before_and_old_ones_are_not_looked_at_again()
    {
        await using var database = TestService.Open(folder);
        var trail = Trail(database);
        Assert.Equal((0, 0), trail.Count());
        var first = await database.WriteAsync(unit => Enumerable.Range(0, 5).Select(number => trail.Append(unit, "test", new { number })).ToList());
        Assert.Equal((5, 0), trail.Count());
        await database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, first[..3], 10));
        Assert.Equal((5, 3), trail.Count());
        var second = await database.WriteAsync(unit => trail.Append(unit, "test", new { }));
        await database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, [second], 20));
        Assert.Equal((6, 4), trail.Count());
        await database.WriteAsync(EvidenceTrail.ForgetPlaces);
        Assert.Equal((6, 0), trail.Count());
        await database.WriteAsync(unit => trail.Restore(unit, first[0] with { Id = "0" }, 3));
        Assert.Equal((7, 1), trail.Count());

        // Nobody takes rows away behind its back; this shows that they are not read.
        await database.WriteAsync(unit => unit.Execute("DELETE FROM evidence_trail WHERE id = '0'"));
        Assert.Equal(7, trail.Count().Entries);
    }

    [Fact]
    public async Task Confirmed_entries_get_their_places_in_their_order_and_those_confirmed_before_keep_theirs()
    {
        await using var database = TestService.Open(folder);
        var trail = Trail(database);
        var entries = await database.WriteAsync(unit => Enumerable.Range(0, 6).Select(number => trail.Append(unit, EvidenceKinds.TransferStarted, new { number })).ToList());

        await database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, [entries[2]], 100));
        await database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, [entries[0], entries[1], entries[3], entries[4]], 200));

        Assert.Equal([200, 201, 100, 202, 203, null], trail.Placed("", 10).Select(placed => placed.Index));
        Assert.Equal([entries[5].Id], trail.Unlogged(10).Select(entry => entry.Id));
        Assert.Equal((6, 5), trail.Count());
    }

    [Fact]
    public async Task Entries_that_are_not_those_that_wait_get_no_place()
    {
        await using var database = TestService.Open(folder);
        var trail = Trail(database);
        var entries = await database.WriteAsync(unit => Enumerable.Range(0, 3).Select(number => trail.Append(unit, EvidenceKinds.TransferStarted, new { number })).ToList());

        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, [entries[0], entries[2]], 0)));
        Assert.Equal(3, trail.Unlogged(10).Count);

        await database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, [entries[0]], 0));
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(unit => EvidenceTrail.MarkLogged(unit, [entries[0], entries[1]], 7)));
        Assert.Equal([0, null, null], trail.Placed("", 10).Select(placed => placed.Index));
    }

    private EvidenceTrail Trail(Database database) => new(database, new Ids(new ManualClock()), TestService.Settings(folder));
}
