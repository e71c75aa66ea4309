using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Authority;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>From a file that the operator changes to decisions of a connector, over real HTTP.</summary>
public sealed class PublicationTests : IAsyncLifetime
{
    private const string Token = "a-management-token-for-tests-only-0123456789";
    private const string Question = "/v1/data/tds/decision?provenance=true";

    private readonly TempFolder folder = new();
    private WebApplication authority = null!;
    private WebApplication connector = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var file in PolicyBundle.BuiltIn().ArchiveFiles)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder["policies/" + file.Path])!);
            await File.WriteAllTextAsync(folder["policies/" + file.Path], file.Text);
        }

        // The computed revision of the manifest would hold the files to what they are.
        await File.WriteAllTextAsync(folder["policies/.manifest"], """{"roots": ["tds"]}""");
        authority = AuthorityHost.Build(new AuthoritySettings
        {
            Space = new SpaceOptions { Id = "power-grid" },
            Participant = new ParticipantOptions { Id = "did:web:authority.example", Name = "Authority" },
            Storage = new StorageOptions { Folder = folder["authority"] },
            Management = new() { Token = Token },
            Policies = new() { Folder = folder["policies"] },
        });
        await authority.StartServiceAsync(TextWriter.Null);
        connector = ConnectorHost.Build(new ConnectorSettings
        {
            Space = new SpaceOptions { Id = "power-grid" },
            Participant = new ParticipantOptions { Id = "did:web:grid.example", Name = "Grid" },
            Storage = new StorageOptions { Folder = folder["connector"] },
            Management = new() { Token = Token },
            Egress = new EgressOptions { AllowPrivateAddresses = true },
            Authority = new AuthorityOptions { Url = authority.Services.GetRequiredService<ServiceAddress>().Url, Id = "did:web:authority.example" },
            Membership = new Connector.MembershipOptions { Region = "44" },
        });
        await connector.StartServiceAsync(TextWriter.Null);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in new[] { connector, authority })
        {
            await service.StopAsync();
            await service.DisposeAsync();
        }

        folder.Dispose();
    }

    [Fact]
    public async Task Rule_that_the_operator_adds_decides_at_every_connector_long_before_it_would_ask_again()
    {
        await DecidesAsync(PolicyBundle.BuiltIn().Revision);
        Assert.DoesNotContain("closed", await ReasonsAsync(), StringComparison.Ordinal);

        // Renamed into place, as the documentation asks.
        Directory.CreateDirectory(folder["policies/layers/city"]);
        await File.WriteAllTextAsync(folder["city.rego"], "package tds.layers.city\n\ndeny contains {\"message\": \"closed\"}\n");
        var expected = PolicyBundle.BuiltIn().With(new BundleFile("layers/city/city.rego", await File.ReadAllTextAsync(folder["city.rego"]))).Revision;
        var started = TimeProvider.System.GetTimestamp();
        File.Move(folder["city.rego"], folder["policies/layers/city/city.rego"]);
        await DecidesAsync(expected);
        var elapsed = TimeProvider.System.GetElapsedTime(started);

        Assert.Contains("closed", await ReasonsAsync(), StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine($"{elapsed.TotalMilliseconds:0} ms from the file to the decision");
        Assert.InRange(elapsed, TimeSpan.Zero, new Connector.PolicyOptions().PollInterval / 3);
    }

    private async Task DecidesAsync(string revision)
    {
        var database = connector.Services.GetRequiredService<Database>();
        Assert.True(
            await database.WaitUntilAsync(
                () => database.Read(connection => connection.QuerySingleOrDefault<string>("SELECT revision FROM policy_revision")) == revision, Deadline.Limit, CancellationToken.None),
            $"no decision by {revision}");
    }

    private async Task<string> ReasonsAsync()
    {
        using var client = new HttpClient { BaseAddress = new Uri(connector.Services.GetRequiredService<ServiceAddress>().Url) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        using var answer = await client.PostAsJsonAsync(Question, new { input = new { stage = "catalog" } });
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!["result"]!["reasons"]!.ToJsonString();
    }
}
