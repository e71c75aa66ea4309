using System.Net;
using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Participants;

public sealed class MemberKeyTests
{
    [Fact]
    public async Task A_member_registers_its_next_key_and_both_count_for_a_day()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        using var next = SigningKey.Generate();

        var answer = await ReplaceAsync(authority, alice, await authority.TokenAsync(alice), next);

        var registered = await ReadAsync<Participant>(answer);
        Assert.Equal(next.Kid, registered.Key.Kid);
        var former = Assert.Single(registered.FormerKeys);
        Assert.Equal((alice.Key.Kid, authority.Clock.GetUtcNow().AddHours(24)), (former.Key.Kid, former.AcceptedUntil));
        Assert.Contains(authority.Trail.Unlogged(1000).Concat(await EntriesAsync(authority)), entry => entry.Kind == EvidenceKinds.ParticipantKeyReplaced);

        var withNext = new TestMember("alice") { Key = next };
        await authority.TokenAsync(withNext);
        await authority.TokenAsync(alice);
        await AppendAsync(authority, alice, alice.Key, HttpStatusCode.OK);
        await AppendAsync(authority, alice, next, HttpStatusCode.OK);

        authority.Clock.Advance(TimeSpan.FromHours(24));
        await authority.TokenAsync(withNext);
        Assert.Equal(HttpStatusCode.Unauthorized, (await authority.AskTokenAsync(alice.Assertion(authority))).StatusCode);
        await AppendAsync(authority, withNext, alice.Key, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_key_update_sent_again_changes_nothing()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        using var next = SigningKey.Generate();

        await ReadAsync<Participant>(await ReplaceAsync(authority, alice, token, next));
        var again = await ReadAsync<Participant>(await ReplaceAsync(authority, alice, token, next));

        Assert.Equal(next.Kid, again.Key.Kid);
        Assert.Single(again.FormerKeys);
    }

    [Fact]
    public async Task An_application_with_either_key_finds_the_member()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        using var next = SigningKey.Generate();
        await ReadAsync<Participant>(await ReplaceAsync(authority, alice, await authority.TokenAsync(alice), next));

        foreach (var member in new[] { alice, new TestMember("alice") { Key = next } })
        {
            Assert.Equal(ParticipantStates.Active, (await ReadAsync<Participant>(await authority.ApplyAsync(member))).State);
        }

        Assert.Equal(HttpStatusCode.Conflict, (await authority.ApplyAsync(new TestMember("alice"))).StatusCode);
    }

    [Fact]
    public async Task A_stranger_cannot_register_a_key()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, mallory) = (await authority.JoinAsync("alice"), await authority.JoinAsync("mallory"));
        var (token, hers) = (await authority.TokenAsync(alice), await authority.TokenAsync(mallory));
        using var next = SigningKey.Generate();
        var did = Did.Parse(alice.Id);
        var good = SignedKeyUpdate.Create(did, alice.Key, next);
        var route = AuthorityRoutes.ForParticipantKey(alice.Id);

        // Another member; no token; the operator.
        await RefusedAsync(HttpStatusCode.Forbidden, await authority.PutJwsAsync(route, hers, good));
        await RefusedAsync(HttpStatusCode.Unauthorized, await authority.PutJwsAsync(route, "none", good));
        await RefusedAsync(HttpStatusCode.Unauthorized, await authority.PutJwsAsync(route, AuthorityUnderTest.Operator, good));

        // A stolen access token, with a key of the thief: signed by itself, by another member's key.
        await RefusedAsync(HttpStatusCode.Unauthorized, await authority.PutJwsAsync(route, token, SignedKeyUpdate.Create(did, next, next)));
        await RefusedAsync(HttpStatusCode.Unauthorized, await authority.PutJwsAsync(route, token, SignedKeyUpdate.Create(did, mallory.Key, next)));

        // Made for another member; a key that its sender does not hold; something else that alice signed.
        await RefusedAsync(HttpStatusCode.Forbidden, await authority.PutJwsAsync(route, token, SignedKeyUpdate.Create(Did.Parse(mallory.Id), alice.Key, next)));
        await RefusedAsync(HttpStatusCode.Unauthorized, await authority.PutJwsAsync(route, token, WithoutPossession(did, alice.Key, next)));
        await RefusedAsync(HttpStatusCode.Unauthorized, await authority.PutJwsAsync(route, token, SignedApplication.Create(alice.Application, alice.Key)));
        await RefusedAsync(HttpStatusCode.UnsupportedMediaType, await authority.PutJwsAsync(route, token, good, "application/json"));

        Assert.Equal(alice.Key.Kid, (await authority.OkAsync<Participant>(HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), token)).Key.Kid);
    }

    [Fact]
    public async Task A_replaced_key_decides_on_no_successor_and_does_not_come_back()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        using var second = SigningKey.Generate();
        using var third = SigningKey.Generate();
        await ReadAsync<Participant>(await ReplaceAsync(authority, alice, token, second));

        await RefusedAsync(HttpStatusCode.Unauthorized, await ReplaceAsync(authority, alice, token, third));
        await RefusedAsync(HttpStatusCode.Conflict, await ReplaceAsync(authority, new TestMember("alice") { Key = second }, token, alice.Key));
    }

    [Fact]
    public async Task Not_more_than_five_replaced_keys_count_at_a_time()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var token = await authority.TokenAsync(alice);
        for (var i = 0; i < 5; i++)
        {
            var next = SigningKey.Generate();
            await ReadAsync<Participant>(await ReplaceAsync(authority, alice, token, next));
            alice = new TestMember("alice") { Key = next };
        }

        await RefusedAsync(HttpStatusCode.TooManyRequests, await ReplaceAsync(authority, alice, token, SigningKey.Generate()));
    }

    private static Task<HttpResponseMessage> ReplaceAsync(AuthorityUnderTest authority, TestMember member, string token, SigningKey next) =>
        authority.PutJwsAsync(AuthorityRoutes.ForParticipantKey(member.Id), token, SignedKeyUpdate.Create(Did.Parse(member.Id), member.Key, next));

    private static string WithoutPossession(Did id, SigningKey present, SigningKey next)
    {
        using var other = SigningKey.Generate();
        var proof = ProtocolJson.Read<KeyUpdate>(Jws.ReadUnverified(SignedKeyUpdate.Create(id, present, other))).Proof;
        return Jws.Sign(CanonicalJson.Bytes(new KeyUpdate { Id = id, Key = next.Public.Jwk, Proof = proof }), present, TokenTypes.KeyUpdate);
    }

    private static async Task AppendAsync(AuthorityUnderTest authority, TestMember member, SigningKey key, HttpStatusCode expected)
    {
        var entry = new EvidenceEntry
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Time = authority.Clock.GetUtcNow(),
            Source = member.Id,
            Kind = EvidenceKinds.UsageRecorded,
            Data = ProtocolJson.Parse("{}"u8),
        };
        using var answer = await authority.SendAsync(
            HttpMethod.Post, AuthorityRoutes.EvidenceBatches, await authority.TokenAsync(member), EvidenceBatch.Create([entry], key));
        Assert.Equal(expected, answer.StatusCode);
    }

    private static async Task<IEnumerable<EvidenceEntry>> EntriesAsync(AuthorityUnderTest authority) =>
        (await authority.OkAsync<Page<EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 100), AuthorityUnderTest.Operator)).Items;

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<T>(text, ProtocolJson.Options)!;
    }

    private static Task<JsonElement> RefusedAsync(HttpStatusCode expected, HttpResponseMessage answer) => AuthorityUnderTest.RefusalAsync(expected, answer);
}
