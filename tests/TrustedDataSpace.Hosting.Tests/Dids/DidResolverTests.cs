using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Dids;

public sealed class DidResolverTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private readonly SigningKey key = SigningKey.Generate();
    private DidHost host = null!;
    private JsonClient client = null!;
    private DidResolver resolver = null!;

    public async ValueTask InitializeAsync()
    {
        host = await DidHost.StartAsync();
        var settings = TestService.Settings(folder);
        client = new JsonClient(settings);
        resolver = new DidResolver(client, settings, clock);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        key.Dispose();
        await host.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_key_is_found_under_its_names_and_for_its_use_only()
    {
        host.Publish(key);
        foreach (var name in new[] { key.Kid, $"{host.Did}#{key.Kid}" })
        {
            var found = await resolver.KeyAsync(host.Did, name, VerificationRelationship.AssertionMethod, default);
            Assert.Equal((name, key.Public.Thumbprint), (found.Kid, found.Thumbprint));
        }

        var refusal = await RefusedAsync(() => resolver.KeyAsync(host.Did, key.Kid, VerificationRelationship.Authentication, default));
        Assert.Equal((RefusalCode.Unauthenticated, "kid"), (refusal.Code, refusal.Term));
    }

    [Theory]
    [InlineData("did:web:grid.example", false, "https://grid.example/.well-known/did.json")]
    [InlineData("did:web:grid.example%3A8443", true, "https://grid.example:8443/.well-known/did.json")]
    [InlineData("did:web:grid.example:a:b", true, "https://grid.example/a/b/did.json")]
    [InlineData("did:web:127.0.0.1%3A8080:a", true, "http://127.0.0.1:8080/a/did.json")]
    [InlineData("did:web:localhost", true, "http://localhost/.well-known/did.json")]
    [InlineData("did:web:127.0.0.1%3A8080", false, "https://127.0.0.1:8080/.well-known/did.json")]
    [InlineData("did:web:10.0.0.1", true, "https://10.0.0.1/.well-known/did.json")]
    public void The_address_follows_from_the_DID_and_is_HTTPS_but_on_allowed_loopback(string did, bool allowPrivate, string address)
    {
        var settings = TestService.Settings(folder) with { Egress = new EgressOptions { AllowPrivateAddresses = allowPrivate } };
        Assert.Equal(address, new DidResolver(client, settings, clock).AddressOf(Did.Parse(did)).ToString());
    }

    [Fact]
    public async Task A_document_of_another_DID_is_refused()
    {
        host.Publish(Did.Parse("did:web:grid.example"), key);
        Assert.Equal(RefusalCode.Malformed, (await RefusedAsync(() => resolver.ResolveAsync(host.Did, default))).Code);
    }

    [Fact]
    public async Task A_document_larger_than_64_KiB_is_not_read_whether_it_says_its_length_or_not()
    {
        host.Serve(new byte[JsonClient.MostDocumentBytes + 1]);
        Assert.Equal(RefusalCode.TooLarge, (await RefusedAsync(() => resolver.ResolveAsync(host.Did, default))).Code);

        // One that never ends.
        host.Answer = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[4096], context.RequestAborted);
            }
        };
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(RefusalCode.TooLarge, (await RefusedAsync(() => resolver.ResolveAsync(host.Did, default))).Code);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var other = await DidHost.StartAsync();
        other.Publish(host.Did, key);
        host.Answer = context => Results.Redirect($"http://127.0.0.1:{other.Did.DocumentUri.Port}/.well-known/did.json").ExecuteAsync(context);
        Assert.Equal(RefusalCode.Unsupported, (await RefusedAsync(() => resolver.ResolveAsync(host.Did, default))).Code);
        Assert.Equal(0, other.Fetched);
    }

    [Fact]
    public async Task A_private_address_is_not_called_unless_the_space_allows_it()
    {
        var settings = TestService.Settings(folder) with { Egress = new EgressOptions() };
        using var careful = new JsonClient(settings);
        host.Publish(key);
        var refusal = await RefusedAsync(() => new DidResolver(careful, settings, clock).ResolveAsync(host.Did, default));
        Assert.Contains("egress rule", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, host.Fetched);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("""{"id":"DID","verificationMethod":{}}""")]
    [InlineData("""{"id":"DID","verificationMethod":[{"id":"did:web:elsewhere.example#1"}]}""")]
    [InlineData("""{"id":"DID","verificationMethod":[{"id":"#1","controller":"DID","publicKeyJwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}]}""")]
    public async Task What_is_no_DID_document_is_malformed(string text)
    {
        host.Serve(System.Text.Encoding.UTF8.GetBytes(text.Replace("DID", host.Did.Value, StringComparison.Ordinal)));
        Assert.Equal(RefusalCode.Malformed, (await RefusedAsync(() => resolver.ResolveAsync(host.Did, default))).Code);
    }

    [Fact]
    public async Task A_document_is_kept_for_ten_minutes_and_one_fetch_serves_all_who_ask_at_once()
    {
        host.Publish(key);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => resolver.ResolveAsync(host.Did, default)));
        clock.Advance(TimeSpan.FromMinutes(9));
        await resolver.ResolveAsync(host.Did, default);
        Assert.Equal(1, host.Fetched);
        clock.Advance(TimeSpan.FromMinutes(1));
        await resolver.ResolveAsync(host.Did, default);
        Assert.Equal(2, host.Fetched);
    }

    [Fact]
    public async Task A_failure_is_kept_for_ten_seconds()
    {
        await RefusedAsync(() => resolver.ResolveAsync(host.Did, default));
        host.Publish(key);
        Assert.Equal(RefusalCode.NotFound, (await RefusedAsync(() => resolver.ResolveAsync(host.Did, default))).Code);
        Assert.Equal(1, host.Fetched);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Single((await resolver.ResolveAsync(host.Did, default)).Keys);
    }

    [Fact]
    public async Task A_new_key_is_found_by_one_more_fetch_and_unknown_names_do_not_flood_the_host()
    {
        host.Publish(key);
        await resolver.KeyAsync(host.Did, key.Kid, VerificationRelationship.AssertionMethod, default);

        using var next = SigningKey.Generate();
        host.Publish(key, next);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(next.Kid, (await resolver.KeyAsync(host.Did, next.Kid, VerificationRelationship.AssertionMethod, default)).Kid);
        Assert.Equal(2, host.Fetched);

        for (var i = 0; i < 10; i++)
        {
            await RefusedAsync(() => resolver.KeyAsync(host.Did, "unknown", VerificationRelationship.AssertionMethod, default));
        }

        Assert.Equal(2, host.Fetched);

        // Rotated out: the old key ends with the freshness of the document.
        host.Publish(next);
        clock.Advance(TimeSpan.FromMinutes(10));
        await RefusedAsync(() => resolver.KeyAsync(host.Did, key.Kid, VerificationRelationship.AssertionMethod, default));
    }

    [Fact]
    public async Task Not_more_than_a_thousand_documents_are_kept_and_the_used_ones_stay()
    {
        host.Publish(key);
        var paths = Enumerable.Range(0, 1000).Select(i => Did.Parse($"{host.Did}:p{i}")).ToList();
        await resolver.ResolveAsync(host.Did, default);
        foreach (var did in paths)
        {
            await RefusedAsync(() => resolver.ResolveAsync(did, default));
            await resolver.ResolveAsync(host.Did, default);
        }

        Assert.Equal(1001, host.Fetched);
        await RefusedAsync(() => resolver.ResolveAsync(paths[0], default));
        Assert.Equal(1002, host.Fetched);
    }

    private static Task<RefusalException> RefusedAsync(Func<Task> work) => Assert.ThrowsAsync<RefusalException>(work);
}
