using System.Net;
using Dapper;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using Xunit;
using static TrustedDataSpace.Authority.Tests.Evidence.RestoredAuthority;

namespace TrustedDataSpace.Authority.Tests.Evidence;

/// <summary>After a restore: what members hand back, and how the log goes on.</summary>
public sealed class LogReturnTests
{
    [Fact]
    public async Task The_log_is_what_was_published_last_once_every_member_has_handed_back_what_it_has()
    {
        await using var space = await LostAsync();
        var last = Read(space.Published);
        var held = await space.HoldAsync();
        Assert.True(held.Held);
        Assert.Equal([space.Alice.Id, space.Bob.Id], held.WaitingFor);

        await space.HandBackAsync(space.Alice);
        held = await space.HoldAsync();
        Assert.Equal((true, space.Published), (held.Held, held.Published));
        Assert.Equal([space.Bob.Id], held.WaitingFor);
        Assert.Equal(40, held.Missing);
        Assert.Equal(last.Size - held.Size, held.Collected + held.Missing);

        await space.HandBackAsync(space.Bob);
        held = await space.HoldAsync();
        Assert.Equal((false, last.Size, last.Root), (held.Held, held.Size, held.Root));
        await space.SettleAsync();
        Assert.StartsWith(last.Origin + "\n", space.Published, StringComparison.Ordinal);

        // It goes on from there, and proves it.
        var receipt = await space.AppendAsync(space.Bob, 3);
        Assert.True(receipt.FirstIndex >= last.Size);
        var proof = await space.Authority.OkAsync<ConsistencyProof>(HttpMethod.Get, AuthorityRoutes.ConsistencyBetween(last.Size, Read(receipt.Checkpoint).Size), await space.Authority.TokenAsync(space.Bob));
        Assert.True(proof.Verify(last.RootHash(), Read(receipt.Checkpoint).RootHash()));
        Assert.Null((await space.WantedAsync(space.Bob)).Restore);
        var own = await space.Authority.OkAsync<Page<AuditedEntry>>(HttpMethod.Get, $"{AuthorityRoutes.AuditEntries}?source={AuthorityUnderTest.Id}&limit=200", AuthorityUnderTest.Operator);
        Assert.Equal(own.Items.Select(item => item.Entry.Id).Order(StringComparer.Ordinal), space.Authority.Trail.After("", 1000).Select(entry => entry.Id));

        await space.StopAsync();
        Assert.Empty(LogCheck.Run(space.Data).Faults);
        await space.StartAgainAsync();
        Assert.False((await space.HoldAsync()).Held);
    }

    [Fact]
    public async Task Tiles_and_batches_of_a_log_that_was_brought_back_are_verified_like_any_other()
    {
        await using var space = await LostAsync();
        await space.HandBackAsync(space.Bob);
        await space.HandBackAsync(space.Alice);

        var size = Read(space.Published).Size;
        var batches = await space.Authority.OkAsync<Page<LoggedBatch>>(HttpMethod.Get, AuthorityRoutes.EvidenceBatches + "?limit=1000", AuthorityUnderTest.Operator);
        var entries = await space.Authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 1000), AuthorityUnderTest.Operator);
        Assert.True(entries.Items.Count >= size);
        var signed = new HashSet<long>();
        foreach (var batch in batches.Items)
        {
            batch.Verify([.. entries.Items.Skip((int)batch.First).Take(batch.Count).Select(entry => entry.LeafHash())], [(batch.Source == space.Alice.Id ? space.Alice : space.Bob).Key.Public]);
            Assert.All(Enumerable.Range((int)batch.First, batch.Count), index => Assert.True(signed.Add(index)));
        }

        Assert.All(entries.Items.Select((entry, index) => (entry, index)), one => Assert.Equal(one.entry.Source != AuthorityUnderTest.Id, signed.Contains(one.index)));
    }

    [Fact]
    public async Task Nothing_is_taken_that_is_not_proven_to_have_stood_there()
    {
        await using var space = await LostAsync();
        var from = (await space.HoldAsync()).Size;
        var (batch, another) = (space.Of(space.Bob, from)[0], space.Of(space.Alice, from)[0]);
        var own = space.Copies.Find(copy => copy.Index >= from)!;
        using var stranger = SigningKey.Generate();
        var last = Read(space.Published);
        var forged = SignedCheckpoint.Sign(last with { Size = last.Size + 1 }, stranger, last.Origin).Text;
        var altered = EvidenceBatch.Create(Entries(space.Bob, batch.Batch.Entries.Count), space.Bob.Key);
        foreach (var (status, part) in new (HttpStatusCode, LogReturn)[]
        {
            (HttpStatusCode.Unauthorized, new LogReturn(forged, batch, Complete: true)),
            (HttpStatusCode.Unauthorized, new LogReturn(space.Published, batch with { Checkpoint = forged })),
            (HttpStatusCode.Forbidden, new LogReturn(space.Published, another)),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, batch with { Batch = altered })),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, batch with { Proof = batch.Proof with { First = batch.Proof.First + 1 } })),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, batch with { Proof = batch.Proof with { Size = last.Size } })),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, batch with { Before = [new byte[32]] })),
            (HttpStatusCode.Unauthorized, new LogReturn(space.Published, batch with { Batch = batch.Batch with { Signature = altered.Signature } })),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, Own: [own with { Index = own.Index + 1 }])),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, Own: [own with { Box = "AAAA" }])),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, Own: [null!])),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, batch with { Before = [null!] })),
            (HttpStatusCode.BadRequest, new LogReturn(space.Published, batch with { Batch = batch.Batch with { Entries = [null!] } })),
            (HttpStatusCode.RequestEntityTooLarge, new LogReturn(space.Published, Own: [.. Enumerable.Repeat(own, LogReturn.MaxOwn + 1)])),
        })
        {
            Assert.Equal(status, await space.ReturnAsync(space.Bob, part));
        }

        await space.Authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, AuthorityRoutes.EvidenceReturns, AuthorityUnderTest.Operator, new LogReturn(space.Published));
        Assert.Equal(0, space.Authority.Database.Read(connection => connection.QuerySingle<long>("SELECT count(*) FROM log_returned")));
        Assert.Equal([space.Alice.Id, space.Bob.Id], (await space.HoldAsync()).WaitingFor);
    }

    [Fact]
    public async Task While_the_log_is_held_less_than_a_member_has_seen_is_not_resumed_nor_succeeded()
    {
        await using var space = await LostAsync();
        var restored = await space.CheckpointAsync();
        var size = Read(space.Published).Size;

        // A claim alone, then the checkpoint itself.
        var batch = EvidenceBatch.Create(Entries(space.Alice, 1), space.Alice.Key);
        await space.Authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.BatchesSeen(size), await space.Authority.TokenAsync(space.Alice), batch);
        Assert.Contains($"{size} entries", await RefusedAsync(AuthorityRoutes.EvidenceResumption, restored), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await space.ReturnAsync(space.Alice, new LogReturn(space.Published)));
        Assert.Contains($"{size} entries", await RefusedAsync(AuthorityRoutes.EvidenceResumption, restored), StringComparison.Ordinal);
        Assert.Contains("newer checkpoint", await RefusedAsync(AuthorityRoutes.EvidenceSuccession, restored), StringComparison.Ordinal);
        await RefusedAsync(AuthorityRoutes.EvidenceResumption, space.Published);
        Assert.True((await space.HoldAsync()).Held);

        // Without Bob, who is away for good, the operator says that it is enough; without his entries it is not.
        await space.HandBackAsync(space.Alice);
        await RefusedAsync(AuthorityRoutes.EvidenceResumption, space.Published);
        foreach (var returned in space.Of(space.Bob, (await space.HoldAsync()).Size))
        {
            Assert.Equal(HttpStatusCode.OK, await space.ReturnAsync(space.Bob, new LogReturn(space.Published, returned)));
        }

        Assert.True((await space.HoldAsync()).Held);
        var resumed = await space.Authority.OkAsync<LogHoldStatus>(HttpMethod.Post, AuthorityRoutes.EvidenceResumption, AuthorityUnderTest.Operator, new LogContinuation(space.Published));
        Assert.Equal((false, size), (resumed.Held, resumed.Size));

        async Task<string> RefusedAsync(string route, string checkpoint) =>
            (await space.Authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, route, AuthorityUnderTest.Operator, new LogContinuation(checkpoint, "lost"))).GetRawText();
    }

    [Fact]
    public async Task A_member_for_which_the_log_waits_is_suspended_and_the_log_goes_on_by_itself()
    {
        // More than a page of entries is lost.
        await using var space = await LostAsync(batches: 5);
        var last = Read(space.Published);
        foreach (var returned in space.Of(space.Bob, (await space.HoldAsync()).Size))
        {
            Assert.Equal(HttpStatusCode.OK, await space.ReturnAsync(space.Bob, new LogReturn(space.Published, returned)));
        }

        await space.HandBackAsync(space.Alice);
        Assert.Equal([space.Bob.Id], (await space.HoldAsync()).WaitingFor);

        await space.Authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(space.Bob.Id), AuthorityUnderTest.Operator);

        await space.SettleAsync();
        Assert.False((await space.HoldAsync()).Held);
        Assert.True(Read(space.Published).Size > last.Size);
        var proof = await space.Authority.OkAsync<ConsistencyProof>(HttpMethod.Get, AuthorityRoutes.ConsistencyBetween(last.Size, Read(space.Published).Size), await space.Authority.TokenAsync(space.Alice));
        Assert.True(proof.Verify(last.RootHash(), Read(space.Published).RootHash()));
    }

    [Fact]
    public async Task An_older_checkpoint_of_the_same_member_does_not_replace_the_one_that_it_has_shown()
    {
        await using var space = await LostAsync();
        var restored = await space.CheckpointAsync();
        Assert.Equal(HttpStatusCode.OK, await space.ReturnAsync(space.Alice, new LogReturn(space.Published)));

        Assert.Equal(HttpStatusCode.OK, await space.ReturnAsync(space.Alice, new LogReturn(restored, Complete: true)));

        var held = await space.HoldAsync();
        Assert.Equal(space.Published, held.Published);
        Assert.Equal([space.Bob.Id], held.WaitingFor);
    }

    [Fact]
    public async Task Two_signed_histories_of_one_size_hold_the_log()
    {
        await using var space = await LostAsync();
        var last = Read(space.Published);
        var forked = SignedCheckpoint.Sign(last with { Root = Convert.ToBase64String(new byte[32]) }, space.Authority.Service<KeyStore>().Signing(AuthorityKey.Name), last.Origin).Text;
        foreach (var returned in space.Of(space.Bob, (await space.HoldAsync()).Size))
        {
            Assert.Equal(HttpStatusCode.OK, await space.ReturnAsync(space.Bob, new LogReturn(forked, returned)));
        }

        Assert.Equal(HttpStatusCode.Conflict, await space.ReturnAsync(space.Bob, new LogReturn(space.Published)));
        await space.HandBackAsync(space.Alice);
        Assert.Equal(HttpStatusCode.OK, await space.ReturnAsync(space.Bob, new LogReturn(forked, Complete: true)));

        var held = await space.HoldAsync();
        Assert.True(held.Held);
        Assert.Empty(held.WaitingFor!);
        Assert.Equal(0, held.Missing);
    }

    [Fact]
    public async Task A_log_may_follow_twice_and_a_kill_in_between_leaves_nothing_that_is_stuck()
    {
        await using var space = await LostAsync();
        var sign = await File.ReadAllTextAsync(Path.Combine(space.Data, "tds.restored"));
        Assert.EndsWith("/test-space/2", (await SucceedAsync()).Origin, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(space.Data, "tds.restored")));

        // Killed before the file was removed: the database knows that the other log has begun.
        await space.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(space.Data, "tds.restored"), sign);
        await space.StartAgainAsync();
        Assert.False((await space.HoldAsync()).Held);
        Assert.False(File.Exists(Path.Combine(space.Data, "tds.restored")));
        await space.AppendAsync(space.Alice, 5);
        await space.SettleAsync();
        Assert.EndsWith("/test-space/2", Read(space.Published).Origin, StringComparison.Ordinal);

        // The same backup again, which is older than the log that has followed.
        await space.RestoreAsync("backup");
        Assert.EndsWith("/test-space", (await space.HoldAsync()).Origin, StringComparison.Ordinal);
        await space.Authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.EvidenceResumption, AuthorityUnderTest.Operator, new LogContinuation(space.Published));
        await space.HandBackAsync(space.Bob);
        await space.HandBackAsync(space.Alice);
        Assert.True((await space.HoldAsync()).Held);
        var third = await SucceedAsync();
        Assert.EndsWith("/test-space/3", third.Origin, StringComparison.Ordinal);
        var entries = await space.Authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 1000), AuthorityUnderTest.Operator);
        var follows = Assert.Single(entries.Items, entry => entry.Kind == EvidenceKinds.LogSucceeded);
        Assert.Equal(Read(space.Published).Origin, follows.Data.GetProperty("before").GetProperty("origin").GetString());
        await space.AppendAsync(space.Alice, 1);

        async Task<LogHoldStatus> SucceedAsync()
        {
            var next = await space.Authority.OkAsync<LogHoldStatus>(HttpMethod.Post, AuthorityRoutes.EvidenceSuccession, AuthorityUnderTest.Operator, new LogContinuation(space.Published, "the disk was lost"));
            await space.Authority.Service<LogPublisher>().WaitAsync(next.Size, CancellationToken.None);
            return next;
        }
    }

    [Fact]
    public async Task A_page_of_copies_is_cut_by_its_length()
    {
        await using var space = await RestoredAuthority.StartAsync();
        await space.Authority.Database.WriteAsync(unit => unit.Execute("UPDATE log_own SET box = @box", new { box = new string('A', 300 * 1024) }));
        var indexes = space.Copies.ConvertAll(copy => copy.Index);
        Assert.True(indexes.Count > 1);

        var page = await space.Authority.OkAsync<Page<SealedEntry>>(HttpMethod.Get, AuthorityRoutes.CopiesBetween(0, long.MaxValue), await space.Authority.TokenAsync(space.Alice));

        Assert.Equal(indexes[0], Assert.Single(page.Items).Index);
        Assert.Equal(indexes[1].ToString(System.Globalization.CultureInfo.InvariantCulture), page.Next);
    }

    [Fact]
    public async Task A_hold_ends_with_the_commit_and_not_before()
    {
        await using var space = await LostAsync();
        var hold = space.Authority.Service<LogHold>();

        await Assert.ThrowsAsync<InvalidOperationException>(() => space.Authority.Database.WriteAsync(unit =>
        {
            hold.Release(unit);
            Assert.True(hold.IsHeld);
            throw new InvalidOperationException("the rest of the change fails");
        }));

        Assert.True(hold.IsHeld);
        await space.StopAsync();
        await space.StartAgainAsync();
        Assert.True((await space.HoldAsync()).Held);
    }

    /// <summary>Both members and the authority itself have added to the log since the backup.</summary>
    private static async Task<RestoredAuthority> LostAsync(int batches = 0)
    {
        var space = await RestoredAuthority.StartAsync();
        await space.AppendAsync(space.Alice, 10);
        space.Backup("backup");
        await space.AppendAsync(space.Alice, 300);
        for (var more = 0; more < batches; more++)
        {
            await space.AppendAsync(space.Alice, EvidenceBatch.MaxEntries);
        }

        await space.Authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(space.Bob.Id), AuthorityUnderTest.Operator);
        await space.Authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(space.Bob.Id), AuthorityUnderTest.Operator);
        await space.AppendAsync(space.Bob, 40);
        await space.AppendAsync(space.Alice, 7);
        await space.SettleAsync();
        await space.RestoreAsync("backup");
        return space;
    }
}
