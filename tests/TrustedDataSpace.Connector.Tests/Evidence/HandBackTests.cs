using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Evidence;

/// <summary>What a connector gives an authority that was restored from a backup.</summary>
public sealed class HandBackTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
        await WriteAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task Acknowledged_entries_with_their_proofs_and_the_copies_of_a_witness_go_back_once_for_each_restore()
    {
        var restored = space.Log.Size;
        await WriteAsync();
        AddOwn("first");
        await WriteAsync();
        await WriteAsync();
        AddOwn("second");
        await WriteAsync();
        var seen = connector.Service<LogWatchStore>().Seen()!;

        // The authority comes back with less, and asks.
        space.Log.Cut(restored);
        space.Log.Restore = "one";
        await HandedBackAsync(1);
        Assert.Equal(LogAlarmKinds.RolledBack, connector.Service<LogWatchStore>().Alarm()?.Kind);

        var parts = space.Log.Returned.ToList();
        Assert.All(parts, part => Assert.Equal(seen.Note, part.Checkpoint));
        var places = new SortedSet<long>();
        foreach (var batch in parts.Where(part => part.Batch is not null).Select(part => part.Batch!))
        {
            batch.Batch.Verify([connector.Service<ParticipantKey>().Signing.Public]);
            var head = SignedCheckpoint.Verify(batch.Checkpoint, seen.Key).Checkpoint;
            Assert.True(batch.Proof.Verify([.. batch.Before, .. batch.Batch.Entries.Select(entry => entry.LeafHash())], head.RootHash()));
            Assert.All(Enumerable.Range(0, batch.Batch.Entries.Count), at => Assert.True(places.Add(batch.Proof.First + batch.Before.Count + at)));
        }

        var own = parts.SelectMany(part => part.Own ?? []).ToList();
        Assert.Equal(["first", "second"], own.Select(copy => copy.Box));
        Assert.Equal(Enumerable.Range(restored, (int)seen.Head.Size - restored).Select(place => (long)place), places.Concat(own.Select(copy => copy.Index)).Order());
        Assert.True(parts[^1].Complete);

        // Not again for this one; all for the next.
        await connector.Service<HandBack>().RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(parts.Count, space.Log.Returned.Count);
        space.Log.Restore = "two";
        await HandedBackAsync(2);
    }

    [Fact]
    public async Task Of_a_log_of_another_name_the_checkpoint_alone_is_shown()
    {
        await WriteAsync();
        space.Log.Origin += "/2";
        space.Log.Cut(0);
        space.Log.Restore = "one";

        await HandedBackAsync(1);

        Assert.All(space.Log.Returned, part => Assert.True(part is { Batch: null, Own: null, Complete: true }));
    }

    [Fact]
    public async Task Copies_go_back_in_parts_that_an_authority_accepts()
    {
        await KeepAsync(Enumerable.Range(0, 5).Select(index => new string('A', index == 4 ? 600 * 1024 : 200 * 1024)));
        var copies = connector.Service<LogCopies>();

        Assert.Equal([0, 1], copies.Page(space.Log.Origin, 0).Select(copy => copy.Index));
        Assert.Equal([3], copies.Page(space.Log.Origin, 3).Select(copy => copy.Index));
        Assert.Equal([4], copies.Page(space.Log.Origin, 4).Select(copy => copy.Index));
        Assert.Empty(copies.Page(space.Log.Origin, 5));
    }

    [Fact]
    public async Task Of_two_copies_for_one_place_the_newest_is_kept()
    {
        await KeepAsync(["older"]);
        await KeepAsync(["newer"]);

        Assert.Equal("newer", Assert.Single(connector.Service<LogCopies>().Page(space.Log.Origin, 0)).Box);
    }

    [Fact]
    public async Task What_an_authority_says_to_a_hand_back_does_not_hide_what_was_seen_of_its_log()
    {
        var (look, cancellation) = (connector.Service<LogLook>(), TestContext.Current.CancellationToken);

        // Of a version that never asks; then one that cannot be asked.
        space.Log.CollectionStatus = 404;
        await connector.Service<HandBack>().RunAsync(cancellation);
        space.Log.CollectionStatus = 503;
        await Assert.ThrowsAsync<RefusalException>(() => connector.Service<HandBack>().RunAsync(cancellation));
        look.Forget();
        await look.TakeAsync(cancellation);

        space.Log.Cut(0);
        look.Forget();
        Assert.Equal(RefusalCode.Conflict, (await Assert.ThrowsAsync<RefusalException>(() => look.TakeAsync(cancellation))).Code);
    }

    // As they come from the authority.
    private async Task KeepAsync(IEnumerable<string> boxes)
    {
        var (at, root) = (0, Convert.ToBase64String(new byte[32]));
        foreach (var box in boxes)
        {
            space.Log.Own[at] = box;
            await connector.Service<LogCopies>().FetchAsync(new Checkpoint(space.Log.Origin, at, root), new Checkpoint(space.Log.Origin, at + 1, root), TestContext.Current.CancellationToken);
            at++;
        }
    }

    private void AddOwn(string box)
    {
        space.Log.Own[space.Log.Size] = box;
        space.Log.Add(MerkleTree.LeafHash(System.Text.Encoding.UTF8.GetBytes(box)));
    }

    private async Task WriteAsync()
    {
        await connector.Service<Database>().WriteAsync(unit => connector.Service<EvidenceTrail>().Append(unit, EvidenceKinds.SignalSet, new { name = "test" }));
        Assert.True(await connector.Service<Database>().WaitUntilAsync(() => connector.Service<EvidenceTrail>().Unlogged(1).Count == 0, Deadline.Limit, TestContext.Current.CancellationToken));
    }

    // By the connector itself, at its next look: it has something to send.
    private async Task HandedBackAsync(int times)
    {
        await connector.Service<Database>().WriteAsync(unit => connector.Service<EvidenceTrail>().Append(unit, EvidenceKinds.SignalSet, new { name = "test" }));
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (space.Log.Returned.Count(part => part.Complete) < times)
        {
            Assert.False(deadline.IsCancellationRequested);
            await Task.Yield();
        }
    }
}
