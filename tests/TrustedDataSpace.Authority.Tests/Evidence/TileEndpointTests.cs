using System.Net;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Evidence;

public sealed class TileEndpointTests
{
    [Fact]
    public async Task Members_read_hashes_and_checkpoint_and_the_operator_entries_too()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        await authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, EvidenceBatch.Create(Entries(alice, 300), alice.Key));

        using var checkpoint = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.LogCheckpoint, token);
        var head = SignedCheckpoint.Verify(await checkpoint.Content.ReadAsStringAsync(), await authority.KeyAsync()).Checkpoint;
        using var hashes = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.Log + "/tile/0/000", token);
        using var bundle = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.Log + "/tile/entries/000", AuthorityUnderTest.Operator);

        Assert.Contains("immutable", hashes.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        var entries = EntryBundle.Read(await bundle.Content.ReadAsByteArrayAsync());
        Assert.Equal(entries.SelectMany(entry => MerkleTree.LeafHash(entry.Span)), await hashes.Content.ReadAsByteArrayAsync());
        Assert.InRange(head.Size, 300, 400);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, AuthorityRoutes.Log + "/tile/entries/000", token);
        foreach (var wrong in new[] { "0/001", "0/../entries/000", "0/0", "0/x000/000", "0/000.p/0", "0/000.p/256", "9/000", "0/%2e%2e/%2e%2e/tds.sqlite", "entries/" })
        {
            using var answer = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.Log + "/tile/" + wrong, token);
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized, $"{wrong}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task A_member_that_appends_too_much_is_told_when_to_come_again_and_others_go_on()
    {
        await using var authority = await AuthorityUnderTest.StartAsync(change: settings => settings with { Evidence = new EvidenceOptions { EntriesPerSecond = 1, Burst = 1000 } });
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var token = await authority.TokenAsync(alice);
        await authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, EvidenceBatch.Create(Entries(alice, 900), alice.Key));

        using var refused = await authority.SendAsync(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, EvidenceBatch.Create(Entries(alice, 900), alice.Key));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        await authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, await authority.TokenAsync(bob), EvidenceBatch.Create(Entries(bob, 10), bob.Key));
    }

    [Fact]
    public async Task What_members_have_signed_is_kept_for_the_auditor()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        var entries = Entries(alice, 4);
        await authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, EvidenceBatch.Create([entries[3]], alice.Key));
        await authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, token, EvidenceBatch.Create(entries, alice.Key));

        var page = await authority.OkAsync<Page<LoggedBatch>>(HttpMethod.Get, AuthorityRoutes.EvidenceBatches + "?limit=10", AuthorityUnderTest.Operator);

        Assert.Equal([(1, 0), (3, 1)], page.Items.Select(batch => (batch.Count, batch.Rest.Count)));
        page.Items[1].Verify([.. entries.Take(3).Select(entry => entry.LeafHash())], [alice.Key.Public]);
    }

    private static List<EvidenceEntry> Entries(TestMember source, int count) => [.. Enumerable.Range(0, count).Select(i => new EvidenceEntry
    {
        Id = Guid.CreateVersion7().ToString(),
        Time = new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero).AddSeconds(i),
        Source = source.Id,
        Kind = EvidenceKinds.TransferStarted,
        Data = ProtocolJson.ToElement(new { number = i }),
    })];
}
