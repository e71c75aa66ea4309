using System.Net;
using TrustedDataSpace.Hosting.Bundles;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Keys;

public sealed class AuthorityRotationTests
{
    [Fact]
    public async Task The_next_key_is_published_before_it_signs()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var first = await authority.KeyAsync();

        var begun = await authority.OkAsync<KeyList>(HttpMethod.Post, KeyRoutes.Rotation, AuthorityUnderTest.Operator);
        Assert.Equal(["next", "current"], begun.Keys.Select(key => key.State));
        Assert.Equal(authority.Clock.GetUtcNow().AddMinutes(15), begun.Keys[0].SignsFrom);
        Assert.Equal([begun.Keys[0].Kid, first.Kid], await PublishedAsync(authority));
        Assert.Equal(first.Kid, SignerOf(await authority.TokenAsync(alice)));

        // Asked for again it is the same rotation.
        var again = await authority.OkAsync<KeyList>(HttpMethod.Post, KeyRoutes.Rotation, AuthorityUnderTest.Operator);
        Assert.Equal(begun.Keys.Select(key => key.Kid), again.Keys.Select(key => key.Kid));

        authority.Clock.Advance(TimeSpan.FromMinutes(15));
        await RotatedAsync(authority);
        Assert.Equal(begun.Keys[0].Kid, SignerOf(await authority.TokenAsync(alice)));
    }

    [Fact]
    public async Task What_the_replaced_key_has_signed_counts_for_a_day_and_no_longer()
    {
        await using var authority = await AuthorityUnderTest.StartAsync(change: Immediate);
        var alice = await authority.JoinAsync("alice");
        var first = await authority.KeyAsync();
        var (lost, old) = (authority.SigningKey, await authority.TokenAsync(alice));
        var route = AuthorityRoutes.ForParticipant(alice.Id);

        await RotatedAsync(authority);

        // A token under way, and one of the new key.
        await authority.OkAsync<Participant>(HttpMethod.Get, route, old);
        await authority.OkAsync<Participant>(HttpMethod.Get, route, Forged(authority, alice, lost));
        var token = await authority.TokenAsync(alice);
        Assert.NotEqual(first.Kid, SignerOf(token));
        var member = await authority.OkAsync<Participant>(HttpMethod.Get, route, token);

        // Nothing that lives longer than the overlap is left with the old key.
        Assert.Equal(SignerOf(token), SignerOf(member.Credential!));
        Assert.Equal(SignerOf(token), await BundleSignerAsync(authority));

        authority.Clock.Advance(TimeSpan.FromHours(24));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Get, route, Forged(authority, alice, lost));
        Assert.Equal([SignerOf(token)], await PublishedAsync(authority));
    }

    [Fact]
    public async Task A_rotation_that_was_begun_goes_on_after_a_restart()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        string next;
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            next = (await authority.OkAsync<KeyList>(HttpMethod.Post, KeyRoutes.Rotation, AuthorityUnderTest.Operator)).Keys[0].Kid;
        }

        clock.Advance(TimeSpan.FromMinutes(15));
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            Assert.True(await authority.Database.WaitUntilAsync(() => Current(authority).GetAwaiter().GetResult() == next, Deadline.Limit, default));
        }
    }

    [Fact]
    public async Task The_log_keeps_its_key()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        PublicKey pinned;
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock, Immediate))
        {
            pinned = await authority.KeyAsync();
            await RotatedAsync(authority);
            await authority.JoinAsync("alice");
            Assert.True((await ExportAsync(authority, pinned)).Valid);
        }

        // Also when its private part has to be opened again, and its tokens are accepted no longer.
        clock.Advance(TimeSpan.FromDays(2));
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock, Immediate))
        {
            await RotatedAsync(authority);
            await authority.JoinAsync("bob");
            Assert.True((await ExportAsync(authority, pinned)).Valid);
            var published = await authority.OkAsync<JwkSet>(HttpMethod.Get, AuthorityRoutes.Jwks);
            Assert.DoesNotContain(published.PublicKeys(), key => key.Kid == pinned.Kid);
            Assert.Contains(published.LogKeys(), key => key.Kid == pinned.Kid);
        }
    }

    [Fact]
    public async Task No_private_part_is_shown_and_nobody_but_the_operator_rotates()
    {
        await using var authority = await AuthorityUnderTest.StartAsync(change: Immediate);
        var alice = await authority.JoinAsync("alice");
        using var answer = await authority.SendAsync(HttpMethod.Get, KeyRoutes.Keys, AuthorityUnderTest.Operator);
        Assert.DoesNotContain("\"d\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, KeyRoutes.Rotation);
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, KeyRoutes.Rotation, await authority.TokenAsync(alice));
    }

    private static AuthoritySettings Immediate(AuthoritySettings settings) => settings with { Keys = new KeyOptions { PublishAhead = TimeSpan.Zero } };

    private static async Task<KeyList> RotatedAsync(AuthorityUnderTest authority)
    {
        await authority.OkAsync<KeyList>(HttpMethod.Post, KeyRoutes.Rotation, AuthorityUnderTest.Operator);
        Assert.True(await authority.Database.WaitUntilAsync(() => KeysAsync(authority).GetAwaiter().GetResult().Keys[0].State == "current", Deadline.Limit, default));
        return await KeysAsync(authority);
    }

    private static Task<KeyList> KeysAsync(AuthorityUnderTest authority) => authority.OkAsync<KeyList>(HttpMethod.Get, KeyRoutes.Keys, AuthorityUnderTest.Operator);

    private static async Task<string> Current(AuthorityUnderTest authority) => (await KeysAsync(authority)).Keys.Single(key => key.State == "current").Kid;

    private static async Task<IEnumerable<string>> PublishedAsync(AuthorityUnderTest authority) =>
        (await authority.OkAsync<JwkSet>(HttpMethod.Get, AuthorityRoutes.Jwks)).PublicKeys().Select(key => key.Kid);

    private static string SignerOf(string jws) => new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(jws).Kid;

    // What somebody who got hold of a replaced private key would show.
    private static string Forged(AuthorityUnderTest authority, TestMember member, SigningKey lost) => Jwt.Sign(
        new()
        {
            ["iss"] = authority.Url,
            ["sub"] = member.Id,
            ["aud"] = AuthorityUnderTest.Id,
            ["jti"] = "1",
            ["iat"] = authority.Clock.GetUtcNow().ToUnixTimeSeconds(),
            ["exp"] = authority.Clock.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds(),
        },
        lost,
        TokenTypes.AccessToken);

    private static async Task<string> BundleSignerAsync(AuthorityUnderTest authority)
    {
        using var answer = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.SpaceBundle);
        var archive = await answer.Content.ReadAsByteArrayAsync();
        foreach (var key in (await authority.OkAsync<JwkSet>(HttpMethod.Get, AuthorityRoutes.Jwks)).PublicKeys())
        {
            try
            {
                BundleSignature.Verify(new MemoryStream(archive), [key], AuthorityUnderTest.Space);
                return key.Kid;
            }
            catch (Protocol.Errors.RefusalException)
            {
                // Another one.
            }
        }

        return "none";
    }

    private static async Task<EvidenceVerification> ExportAsync(AuthorityUnderTest authority, PublicKey key)
    {
        using var answer = await authority.SendAsync(HttpMethod.Get, AuthorityRoutes.EvidenceExport, AuthorityUnderTest.Operator);
        await using var body = await answer.Content.ReadAsStreamAsync();
        return EvidenceExport.Verify(body, key);
    }
}
