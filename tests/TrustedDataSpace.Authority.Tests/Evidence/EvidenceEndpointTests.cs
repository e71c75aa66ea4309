using System.Net;
using System.Text;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Evidence;

public sealed class EvidenceEndpointTests
{
    [Fact]
    public async Task A_batch_is_logged_under_a_checkpoint_and_each_entry_can_be_proven()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        var entries = Entries(alice, 5);

        var receipt = await AppendAsync(authority, token, EvidenceBatch.Create(entries, alice.Key));

        Assert.Equal(5, receipt.Count);
        var checkpoint = (await CheckpointAsync(authority)).Checkpoint;
        Assert.Equal(AuthorityUnderTest.Id + "/" + AuthorityUnderTest.Space, checkpoint.Origin);
        for (var i = 0; i < entries.Count; i++)
        {
            var proof = await authority.OkAsync<InclusionProof>(HttpMethod.Get, AuthorityRoutes.InclusionOf(receipt.FirstIndex + i, checkpoint.Size), token);
            Assert.True(proof.Verify(entries[i].LeafHash(), checkpoint.RootHash()));
            Assert.False(proof.Verify(entries[(i + 1) % 5].LeafHash(), checkpoint.RootHash()));
        }
    }

    [Fact]
    public async Task A_receipt_proves_the_batch_and_that_the_log_has_grown_from_what_was_seen()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        var before = (await CheckpointAsync(authority)).Checkpoint;
        var entries = Entries(alice, 50);

        var receipt = await authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.BatchesSeen(before.Size), token, EvidenceBatch.Create(entries, alice.Key));

        var head = SignedCheckpoint.Verify(receipt.Checkpoint, await authority.KeyAsync()).Checkpoint;
        Assert.Equal((receipt.FirstIndex, 50, head.Size), (receipt.Proof.First, receipt.Proof.Count, receipt.Proof.Size));
        Assert.True(receipt.Proof.Verify([.. entries.Select(entry => entry.LeafHash())], head.RootHash()));
        Assert.True(receipt.Consistency!.Verify(before.RootHash(), head.RootHash()));
    }

    [Fact]
    public async Task Whoever_has_seen_a_longer_log_adds_nothing_to_this_one()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var size = await SettledSizeAsync(authority);

        await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.BatchesSeen(size + 1), await authority.TokenAsync(alice), EvidenceBatch.Create(Entries(alice, 1), alice.Key));

        Assert.Equal(size, await SettledSizeAsync(authority));
    }

    [Fact]
    public async Task The_log_only_grows_and_proves_it_between_any_two_checkpoints()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        var checkpoints = new List<Checkpoint> { (await CheckpointAsync(authority)).Checkpoint };
        foreach (var count in new[] { 1, 2, 1, 5, 8, 3 })
        {
            await AppendAsync(authority, token, EvidenceBatch.Create(Entries(alice, count), alice.Key));
            checkpoints.Add((await CheckpointAsync(authority)).Checkpoint);
        }

        foreach (var before in checkpoints)
        {
            foreach (var after in checkpoints.Where(later => later.Size >= before.Size))
            {
                var proof = await authority.OkAsync<ConsistencyProof>(HttpMethod.Get, AuthorityRoutes.ConsistencyBetween(before.Size, after.Size), token);
                Assert.True(proof.Verify(before.RootHash(), after.RootHash()), $"{before.Size} to {after.Size}");
            }
        }
    }

    [Fact]
    public async Task A_batch_sent_again_gets_the_same_receipt_and_adds_nothing()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        var entries = Entries(alice, 3);
        var batch = EvidenceBatch.Create(entries, alice.Key);
        var first = await AppendAsync(authority, token, batch);
        var size = await SettledSizeAsync(authority);

        var again = await AppendAsync(authority, token, batch);
        Assert.Equal((first.BatchId, first.FirstIndex, first.Count), (again.BatchId, again.FirstIndex, again.Count));
        var larger = await AppendAsync(authority, token, EvidenceBatch.Create([.. entries, .. Entries(alice, 2)], alice.Key));

        // Only what is logged already is confirmed: the source sends the rest by itself.
        Assert.Equal((first.FirstIndex, 3), (larger.FirstIndex, larger.Count));
        Assert.Equal(size, (await CheckpointAsync(authority)).Checkpoint.Size);
    }

    [Fact]
    public async Task New_entries_before_known_ones_are_logged_up_to_the_known_ones()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        var known = Entries(alice, 1);
        await AppendAsync(authority, token, EvidenceBatch.Create(known, alice.Key));

        var receipt = await AppendAsync(authority, token, EvidenceBatch.Create([.. Entries(alice, 2), .. known, .. Entries(alice, 1)], alice.Key));

        Assert.Equal(2, receipt.Count);
    }

    [Fact]
    public async Task A_logged_entry_cannot_be_sent_with_another_content()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        var entries = Entries(alice, 2);
        await AppendAsync(authority, token, EvidenceBatch.Create(entries, alice.Key));

        var altered = EvidenceBatch.Create([entries[0] with { Kind = EvidenceKinds.UsageRecorded }], alice.Key);

        await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, altered);
    }

    [Fact]
    public async Task Nobody_logs_for_another_nor_with_another_key_nor_after_altering()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var token = await authority.TokenAsync(alice);
        var batch = EvidenceBatch.Create(Entries(alice, 2), alice.Key);
        using var other = SigningKey.Generate();

        await RefusedAsync(HttpStatusCode.Forbidden, EvidenceBatch.Create(Entries(bob, 1), bob.Key));
        await RefusedAsync(HttpStatusCode.Unauthorized, EvidenceBatch.Create(Entries(alice, 1), other));
        await RefusedAsync(HttpStatusCode.BadRequest, batch with { Entries = [batch.Entries[0]] });
        await RefusedAsync(HttpStatusCode.BadRequest, batch with { Entries = [batch.Entries[0], Entries(bob, 1)[0]] });
        await RefusedAsync(HttpStatusCode.BadRequest, EvidenceBatch.Create([batch.Entries[0], batch.Entries[0]], alice.Key));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, AuthorityRoutes.EvidenceBatches, null, batch);

        Task RefusedAsync(HttpStatusCode status, EvidenceBatch wrong) =>
            authority.RefusedAsync(status, HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, wrong);
    }

    [Fact]
    public async Task An_entry_that_would_spoil_the_export_is_refused()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        var growing = Entries(alice, 1)[0] with { Data = ProtocolJson.Parse(Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("1e20", 3500)) + "]")) };
        var batch = EvidenceBatch.Create([growing], alice.Key);

        await authority.RefusedAsync(HttpStatusCode.RequestEntityTooLarge, HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, batch);
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, batch with { Entries = [null!] });
    }

    [Fact]
    public async Task The_authoritys_own_acts_are_in_the_log()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await authority.JoinAsync("alice");
        await SettledSizeAsync(authority);

        var page = await authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 100), AuthorityUnderTest.Operator);

        Assert.Equal(
            [EvidenceKinds.BundlePublished, EvidenceKinds.ParticipantApplied, EvidenceKinds.ParticipantAdmitted, EvidenceKinds.CredentialIssued],
            page.Items.Select(entry => entry.Kind));
        Assert.All(page.Items, entry => Assert.Equal(AuthorityUnderTest.Id, entry.Source));
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task Hundreds_of_entries_from_many_at_once_give_one_log_that_an_auditor_verifies_offline()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        byte[] export;
        PublicKey key;
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            var members = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => authority.JoinAsync($"m{i}")));
            await Task.WhenAll(members.Select(async member =>
            {
                var token = await authority.TokenAsync(member);
                await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => AppendAsync(authority, token, EvidenceBatch.Create(Entries(member, 25), member.Key))));
            }));
            await SettledSizeAsync(authority);
        }

        // After a restart the log goes on where it was.
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            key = await authority.KeyAsync();
            var checkpoint = (await CheckpointAsync(authority)).Checkpoint;
            Assert.Equal(1 + (4 * 3) + 1000, checkpoint.Size);
            using var answer = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.EvidenceExport, AuthorityUnderTest.Operator);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            export = await answer.Content.ReadAsByteArrayAsync();
        }

        var verified = EvidenceExport.Verify(new MemoryStream(export), key);
        Assert.True(verified.Valid, string.Join("; ", verified.Faults));
        Assert.Equal(1013, verified.Entries);
        export[^10] ^= 1;
        Assert.False(EvidenceExport.Verify(new MemoryStream(export), key).Valid);
    }

    [Fact]
    public async Task Entries_come_in_pages_and_a_place_outside_the_log_is_refused()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await AppendAsync(authority, token, EvidenceBatch.Create(Entries(alice, 20), alice.Key));
        var size = await SettledSizeAsync(authority);

        var (seen, from) = (0L, "0");
        while (from is not null)
        {
            var page = await authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(long.Parse(from, null), 7), AuthorityUnderTest.Operator);
            seen += page.Items.Count;
            from = page.Next;
        }

        Assert.Equal(size, seen);
        foreach (var route in new[]
        {
            AuthorityRoutes.EvidenceEntriesPage(-1, 10),
            AuthorityRoutes.EvidenceEntriesPage(0, 1001),
            AuthorityRoutes.InclusionOf(size, size),
            AuthorityRoutes.InclusionOf(-1, size),
            AuthorityRoutes.InclusionOf(0, size + 1),
            AuthorityRoutes.ConsistencyBetween(2, 1),
            AuthorityRoutes.ConsistencyBetween(1, size + 1),
        })
        {
            await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Get, route, AuthorityUnderTest.Operator);
        }
    }

    [Fact]
    public async Task Members_prove_their_own_entries_and_do_not_read_those_of_others()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, carol) = (await authority.JoinAsync("alice"), await authority.JoinAsync("carol"));
        await AppendAsync(authority, await authority.TokenAsync(alice), EvidenceBatch.Create(Entries(alice, 3), alice.Key));
        var token = await authority.TokenAsync(carol);

        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 100), token);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.EvidenceExport, token);
    }

    [Fact]
    public async Task A_checkpoint_counts_once_as_many_members_have_signed_it_as_the_space_wants()
    {
        await using var authority = await AuthorityUnderTest.StartAsync(change: settings => settings with { Evidence = new EvidenceOptions { Witnesses = 2, CheckpointDeadline = TimeSpan.FromMinutes(1) } });
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var tokens = new[] { await authority.TokenAsync(alice), await authority.TokenAsync(bob) };
        await SettledSizeAsync(authority);
        var head = (await CheckpointAsync(authority)).Checkpoint;
        var deadline = authority.Service<CheckpointDeadline>();
        deadline.Look();
        Assert.False(deadline.IsOverdue);

        await SignAsync(HttpStatusCode.Unauthorized, tokens[0], Cosignature.Create(head, bob.Key, alice.Id));
        await SignAsync(HttpStatusCode.Unauthorized, tokens[0], Cosignature.Create(head, bob.Key, bob.Id));
        await SignAsync(HttpStatusCode.Unauthorized, tokens[0], Cosignature.Create(head with { Origin = "another" }, alice.Key, alice.Id));
        await SignAsync(HttpStatusCode.NotFound, tokens[0], Cosignature.Create(head with { Size = 1_000_000 }, alice.Key, alice.Id));
        await SignAsync(HttpStatusCode.NotFound, tokens[0], Cosignature.Create(head with { Root = Convert.ToBase64String(new byte[32]) }, alice.Key, alice.Id));
        await SignAsync(HttpStatusCode.NoContent, tokens[0], Cosignature.Create(head, alice.Key, alice.Id));
        await SignAsync(HttpStatusCode.NoContent, tokens[0], Cosignature.Create(head, alice.Key, alice.Id));
        await authority.RefusedAsync(HttpStatusCode.ServiceUnavailable, HttpMethod.Get, AuthorityRoutes.LogCheckpoint, tokens[0]);
        authority.Clock.Advance(TimeSpan.FromMinutes(2));
        deadline.Look();
        Assert.True(deadline.IsOverdue);

        await SignAsync(HttpStatusCode.NoContent, tokens[1], Cosignature.Create(head, bob.Key, bob.Id));

        using var answer = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.LogCheckpoint, tokens[0]);
        var note = await answer.Content.ReadAsStringAsync();
        Assert.Equal(head, SignedCheckpoint.Verify(note, await authority.KeyAsync()).Checkpoint);
        Assert.Equal([alice.Id, bob.Id], Cosignature.WitnessesOf(note, new Dictionary<string, IReadOnlyList<PublicKey>>
        {
            [alice.Id] = [alice.Key.Public],
            [bob.Id] = [bob.Key.Public],
            ["did:web:carol.example"] = [alice.Key.Public],
        }));
        deadline.Look();
        Assert.False(deadline.IsOverdue);

        async Task SignAsync(HttpStatusCode expected, string token, Cosignature signature)
        {
            using var sent = await authority.SendAsync(HttpMethod.Post, AuthorityRoutes.EvidenceCosignatures, token, signature);
            Assert.Equal(expected, sent.StatusCode);
        }
    }

    [Fact]
    public async Task An_auditor_finds_entries_by_what_they_are_about_in_pages_and_with_their_places()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        List<EvidenceEntry> story = [.. Entries(alice, 6).Select((entry, i) => entry with { Agreement = i > 1 ? "urn:agreement:1" : null, Process = i < 4 ? "urn:negotiation:1" : "urn:flow:1", Kind = i == 5 ? EvidenceKinds.DecisionDenied : entry.Kind })];
        await AppendAsync(authority, await authority.TokenAsync(bob), EvidenceBatch.Create(Entries(bob, 50), bob.Key));
        await AppendAsync(authority, await authority.TokenAsync(alice), EvidenceBatch.Create(story, alice.Key));
        await SettledSizeAsync(authority);

        // The negotiation is told whole, also what comes before the agreement had a name; so is the transfer under it.
        foreach (var id in new[] { "urn:agreement:1", "urn:negotiation:1", "urn:flow:1" })
        {
            Assert.Equal(story.Select(entry => entry.Id), await AllAsync(AuthorityRoutes.ForCourse(id) + "?"));
        }

        Assert.Equal([story[5].Id], await AllAsync(AuthorityRoutes.AuditEntries + "?kind=decision&"));
        Assert.Equal(50, (await AllAsync($"{AuthorityRoutes.AuditEntries}?source={bob.Id}&kind=transfer&")).Count);
        Assert.Equal([story[2].Id], await AllAsync($"{AuthorityRoutes.AuditEntries}?agreement=urn:agreement:1&since=2026-05-12T00:00:02Z&until=2026-05-12T00:00:03Z&"));
        Assert.Empty(await AllAsync(AuthorityRoutes.AuditEntries + "?kind=%25&"));
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, AuthorityRoutes.ForCourse("nothing"), AuthorityUnderTest.Operator);
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Get, AuthorityRoutes.AuditEntries + "?from=-1", AuthorityUnderTest.Operator);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.AuditEntries, await authority.TokenAsync(bob));

        async Task<List<string>> AllAsync(string question)
        {
            var (all, from) = (new List<string>(), "0");
            while (from is not null)
            {
                var page = await authority.OkAsync<Page<AuditedEntry>>(HttpMethod.Get, $"{question}limit=4&from={from}", AuthorityUnderTest.Operator);
                foreach (var item in page.Items)
                {
                    var there = await authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(item.Index, 1), AuthorityUnderTest.Operator);
                    Assert.Equal(item.Entry.LeafHash(), there.Items[0].LeafHash());
                    all.Add(item.Entry.Id);
                }

                from = page.Next;
            }

            return all;
        }
    }

    private static List<EvidenceEntry> Entries(TestMember source, int count) => [.. Enumerable.Range(0, count).Select(i => new EvidenceEntry
    {
        Id = Guid.NewGuid().ToString("n"),
        Time = new DateTimeOffset(2026, 5, 12, 0, 0, i, TimeSpan.Zero),
        Source = source.Id,
        Kind = EvidenceKinds.TransferStarted,
        Process = "urn:transfer:" + i,
        Data = ProtocolJson.ToElement(new { number = i, text = "电网" }),
    })];

    private static Task<EvidenceReceipt> AppendAsync(AuthorityUnderTest authority, string token, EvidenceBatch batch) =>
        authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, batch);

    private static async Task<SignedCheckpoint> CheckpointAsync(AuthorityUnderTest authority)
    {
        using var answer = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.EvidenceCheckpoint, AuthorityUnderTest.Operator);
        return SignedCheckpoint.Verify(Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync()), await authority.KeyAsync());
    }

    /// <summary>The size of the log once the authority's own evidence is in it.</summary>
    private static async Task<long> SettledSizeAsync(AuthorityUnderTest authority)
    {
        Assert.True(await authority.Database.WaitUntilAsync(() => authority.Trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));
        return (await CheckpointAsync(authority)).Checkpoint.Size;
    }
}
