using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

public sealed class DidResolveTests
{
    [Fact]
    public async Task A_did_is_resolved_to_its_keys_and_services()
    {
        using var key = SigningKey.Generate();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        Did did = default;
        app.MapGet("/.well-known/did.json", () => Results.Bytes(ProtocolJson.Write(new DidDocument(
            did,
            [new DidKey($"{did}#1", key.Public, [VerificationRelationship.AssertionMethod])],
            [new DidService($"{did}#catalog", DidService.CatalogService, "https://grid.example/catalog")]).ToJson())));
        await app.StartAsync();
        did = Did.Parse($"did:web:127.0.0.1%3A{new Uri(app.Urls.First()).Port}");

        var run = await CommandRun.OfAsync("did", "resolve", did.Value, "--allow-private-addresses");

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains($"{did}#1  assertionMethod", run.Output, StringComparison.Ordinal);
        Assert.Contains("CatalogService  https://grid.example/catalog", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_did_that_does_not_resolve_fails_with_its_reason()
    {
        var run = await CommandRun.OfAsync("did", "resolve", "did:web:127.0.0.1%3A1");
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("egress rule", run.Error, StringComparison.Ordinal);
    }
}
