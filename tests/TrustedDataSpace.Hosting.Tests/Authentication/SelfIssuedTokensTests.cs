using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Hosting.Tests.Dids;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Authentication;

public sealed class SelfIssuedTokensTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly SigningKey key = SigningKey.Generate();
    private ServiceSettings settings = null!;
    private DidHost host = null!;
    private JsonClient client = null!;
    private Database database = null!;
    private SelfIssuedTokens tokens = null!;

    public async ValueTask InitializeAsync()
    {
        host = await DidHost.StartAsync();
        settings = TestService.Settings(folder);
        client = new JsonClient(settings);
        database = TestService.Open(folder, clock);
        tokens = New();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        key.Dispose();
        await host.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_token_counts_once()
    {
        Publish(VerificationRelationship.CapabilityInvocation);
        var text = Token("j1").Sign(key);
        Assert.Equal(host.Did, (await tokens.VerifyAsync(text, default)).Issuer);

        Assert.Equal("jti", (await RefusedAsync(text)).Term);
        Assert.Equal("jti", (await RefusedAsync(Token("j1").Sign(key))).Term);
        Assert.Equal("j2", (await tokens.VerifyAsync(Token("j2").Sign(key), default)).Id);

        // To the very end of the time in which its clock and ours may differ.
        clock.Advance(TimeSpan.FromMinutes(5) + SelfIssuedIdToken.Leeway - TimeSpan.FromSeconds(1));
        Assert.Equal("jti", (await RefusedAsync(text)).Term);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("exp", (await RefusedAsync(text)).Term);
    }

    [Fact]
    public async Task A_token_from_before_the_start_is_refused_because_it_may_have_been_used()
    {
        Publish(VerificationRelationship.CapabilityInvocation);
        var early = Token("j1").Sign(key);
        clock.Advance(TimeSpan.FromSeconds(1));
        tokens = New();
        Assert.Equal("iat", (await RefusedAsync(early)).Term);
        await tokens.VerifyAsync(Token("j2").Sign(key), default);
    }

    [Fact]
    public async Task A_token_of_a_clock_that_is_ahead_is_not_used_once_more_after_a_restart()
    {
        Publish(VerificationRelationship.CapabilityInvocation);
        var ahead = (Token("j1") with { IssuedAt = clock.GetUtcNow().AddSeconds(20) }).Sign(key);
        await tokens.VerifyAsync(ahead, default);
        var sibling = (Token("j2") with { IssuedAt = clock.GetUtcNow().AddSeconds(20) }).Sign(key);
        clock.Advance(TimeSpan.FromSeconds(5));
        tokens = New();
        Assert.Equal("iat", (await RefusedAsync(ahead)).Term);

        // Nobody can tell it from one that was used; what was made later was not.
        Assert.Equal("iat", (await RefusedAsync(sibling)).Term);
        var later = (Token("j3") with { IssuedAt = clock.GetUtcNow().AddSeconds(16) }).Sign(key);
        await tokens.VerifyAsync(later, default);
        Assert.Equal("jti", (await RefusedAsync(later)).Term);
    }

    [Fact]
    public async Task What_one_sender_has_used_before_a_restart_is_not_held_against_another()
    {
        var used = new UsedTokens(database, clock);
        var now = clock.GetUtcNow();
        await used.UseAsync("a", "1", now.AddSeconds(25), now.AddMinutes(1));
        var next = new UsedTokens(database, clock);
        await next.UseAsync("b", "1", now, now.AddMinutes(1));
        Assert.Equal("iat", (await Assert.ThrowsAsync<RefusalException>(() => next.UseAsync("a", "2", now.AddSeconds(25), now.AddMinutes(1)).AsTask())).Term);
        await next.UseAsync("a", "3", now.AddSeconds(26), now.AddMinutes(1));
        next.Use("a", "presentation", now.AddMinutes(1));
        Assert.Equal("jti", Assert.Throws<RefusalException>(() => next.Use("a", "presentation", now.AddMinutes(1))).Term);
    }

    [Theory]
    [InlineData(VerificationRelationship.Authentication)]
    [InlineData(VerificationRelationship.AssertionMethod)]
    [InlineData(VerificationRelationship.KeyAgreement)]
    public async Task A_key_that_is_named_for_something_else_signs_no_token(VerificationRelationship use)
    {
        Publish(use);
        AssertFixed(await RefusedAsync(Token("j1").Sign(key)));
    }

    [Fact]
    public async Task A_sender_whose_document_cannot_be_had_is_not_proven()
    {
        AssertFixed(await RefusedAsync(Token("j1").Sign(key)));
        host.Serve("[]"u8.ToArray());
        clock.Advance(TimeSpan.FromMinutes(1));
        AssertFixed(await RefusedAsync(Token("j1").Sign(key)));

        // By whom it is signed, or that its sender is a member, is not told either.
        using var other = SigningKey.Generate();
        Publish(VerificationRelationship.CapabilityInvocation);
        clock.Advance(TimeSpan.FromMinutes(1));
        AssertFixed(await RefusedAsync(Token("j1").Sign(other)));
        var authority = new SelfIssuedTokens(
            (_, _, _, _) => throw new RefusalException(RefusalCode.Unavailable, "http://10.0.0.7:443 connection refused") { Where = "authority" }, new UsedTokens(database, clock), settings, clock);
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => authority.VerifyAsync(Token("j1").Sign(key), default));
        Assert.Equal((RefusalCode.Unavailable, "Nobody can tell now who sent the self-issued ID token."), (refusal.Code, refusal.Message));
    }

    [Fact]
    public async Task The_only_key_of_a_document_needs_no_name_and_one_of_several_does()
    {
        using var other = SigningKey.Generate();
        var resolver = new DidResolver(client, settings, clock);
        Publish(VerificationRelationship.CapabilityInvocation);
        Assert.Equal(key.Public.Thumbprint, (await resolver.KeyAsync(host.Did, "", VerificationRelationship.CapabilityInvocation, default)).Thumbprint);
        await RefusedAsync(() => resolver.KeyAsync(host.Did, "", VerificationRelationship.Authentication, default));

        host.Serve(Document((key, VerificationRelationship.CapabilityInvocation), (other, VerificationRelationship.Authentication)));
        clock.Advance(TimeSpan.FromMinutes(11));
        await RefusedAsync(() => resolver.KeyAsync(host.Did, "", VerificationRelationship.CapabilityInvocation, default));

        // One that is of no use here counts as well.
        var text = System.Text.Encoding.UTF8.GetString(Document((key, VerificationRelationship.CapabilityInvocation)));
        host.Serve(System.Text.Encoding.UTF8.GetBytes(text.Replace(
            "\"verificationMethod\":[", "\"verificationMethod\":[" + $$"""{"id":"#ed","type":"JsonWebKey2020","controller":"{{{host.Did}}}","publicKeyJwk":{"kty":"OKP","crv":"Ed25519","x":"AA"} },""", StringComparison.Ordinal)));
        clock.Advance(TimeSpan.FromMinutes(11));
        await RefusedAsync(() => resolver.KeyAsync(host.Did, "", VerificationRelationship.CapabilityInvocation, default));
        Assert.Equal(key.Kid, (await resolver.KeyAsync(host.Did, key.Kid, VerificationRelationship.CapabilityInvocation, default)).Kid);
    }

    [Fact]
    public async Task A_document_is_looked_for_where_the_service_knows_it_to_be()
    {
        var grid = Did.Parse("did:web:grid.example");
        host.Publish(grid, key);
        var address = new Uri($"http://{host.Did.DocumentUri.Authority}/anywhere");
        var resolver = new DidResolver(client, settings, clock, (did, _) => ValueTask.FromResult<Uri?>(did == grid ? address : null));
        Assert.Equal(grid, (await resolver.ResolveAsync(grid, default)).Id);
    }

    [Fact]
    public async Task Nobody_takes_the_place_of_others_with_many_tokens()
    {
        var used = new UsedTokens(database, clock);
        var now = clock.GetUtcNow();
        for (var i = 0; i < 20_000; i++)
        {
            await used.UseAsync("a", $"{i}", now, now.AddMinutes(1));
        }

        await Assert.ThrowsAsync<RefusalException>(() => used.UseAsync("a", "more", now, now.AddMinutes(1)).AsTask());
        await used.UseAsync("b", "1", now, now.AddMinutes(1));
        clock.Advance(TimeSpan.FromMinutes(2));
        await used.UseAsync("a", "0", now.AddMinutes(2), now.AddMinutes(3));
    }

    [Fact]
    public async Task A_larger_document_is_read_where_the_caller_allows_it()
    {
        var bytes = new byte[300_000];
        bytes[^1] = 7;
        host.Serve(bytes);
        var url = new Uri($"http://{host.Did.DocumentUri.Authority}/list");
        Assert.Equal(bytes, await client.GetDocumentAsync(url, default, mostBytes: 300_000));
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => client.GetDocumentAsync(url, default, mostBytes: 299_999));
        Assert.Equal(RefusalCode.TooLarge, refusal.Code);
    }

    // What is lacking is for the log.
    private static void AssertFixed(RefusalException refusal)
    {
        Assert.Equal((RefusalCode.Unauthenticated, "iss", "The sender of the self-issued ID token is not proven."), (refusal.Code, refusal.Term, refusal.Message));
        Assert.NotNull(refusal.InnerException);
    }

    private static async Task RefusedAsync(Func<Task> act) => Assert.Equal("kid", (await Assert.ThrowsAsync<RefusalException>(act)).Term);

    private SelfIssuedTokens New() => new(new DidResolver(client, settings, clock).KeyAsync, new UsedTokens(database, clock), settings, clock);

    private void Publish(VerificationRelationship use) => host.Serve(Document((key, use)));

    private byte[] Document(params (SigningKey Key, VerificationRelationship Use)[] keys) => ProtocolJson.Write(new DidDocument(
        host.Did, [.. keys.Select(entry => new DidKey($"{host.Did}#{entry.Key.Kid}", entry.Key.Public, [entry.Use]))], []).ToJson());

    private SelfIssuedIdToken Token(string id) => new()
    {
        Issuer = host.Did,
        Audience = Did.Parse(settings.Participant.Id),
        Id = id,
        IssuedAt = clock.GetUtcNow(),
        ExpiresAt = clock.GetUtcNow().AddMinutes(5),
    };

    private async Task<RefusalException> RefusedAsync(string token) => await Assert.ThrowsAsync<RefusalException>(() => tokens.VerifyAsync(token, default));
}
