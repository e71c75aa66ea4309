using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Hosting.Tests.Errors;

/// <summary>The real host over real HTTP: what a caller sees when something is refused.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private const string Token = "tds_management_0123456789abcdef0123456789abcdef";
    private readonly TempFolder folder = new();
    private readonly HttpClient client = new();
    private WebApplication app = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = TestService.Settings(folder) with { Management = new ManagementOptions { Token = Token } };
        app = ServiceHost.CreateBuilder(settings, new SchemaComponent("test", typeof(RefusalTests).Assembly)).Build();
        app.UseServiceDefaults();
        app.MapPost("/body", (Body body) => Results.Ok(body)).RequireAuthorization(ServiceHost.ManagementPolicy);
        app.MapGet("/broken", IResult () => throw new InvalidOperationException("secret detail"));
        app.MapGet("/refused", IResult () => throw new RefusalException(RefusalCode.PolicyRefused, "no") { Term = "purpose", Remedy = "ask for another" });
        app.MapGet("/dsp", IResult () => throw new RefusalException(RefusalCode.InvalidTransition, "no"))
            .WithMetadata(new RefusalRendering((_, refusal) => (400, new { type = "ContractNegotiationError", refusal.Message })));
        await app.StartServiceAsync(TextWriter.Null);
        client.BaseAddress = new Uri(app.Services.GetRequiredService<ServiceAddress>().Url);
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_refusal_is_a_problem_document_with_term_and_remedy()
    {
        var (status, problem) = await GetAsync("/refused");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal("purpose", problem.GetProperty("term").GetString());
        Assert.Equal("ask for another", problem.GetProperty("remedy").GetString());
    }

    [Fact]
    public async Task An_unexpected_failure_shows_no_detail()
    {
        var (status, problem) = await GetAsync("/broken");
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.DoesNotContain("secret", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_may_render_refusals_in_its_own_protocol()
    {
        var (status, document) = await GetAsync("/dsp");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("ContractNegotiationError", document.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("{", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{}", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("null", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"name\":\"a\"}", "text/plain", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_bad_body_is_the_callers_fault(string body, string type, HttpStatusCode expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        using var response = await client.PostAsync(new Uri("/body", UriKind.Relative), content);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_too_large()
    {
        using var content = new StringContent("{\"name\":\"" + new string('a', 2 << 20) + "\"}", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri("/body", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong-wrong-wrong-wrong-wrong-wrong")]
    [InlineData("Basic " + Token)]
    public async Task The_management_interface_needs_its_token(string? authorization)
    {
        using var stranger = new HttpClient { BaseAddress = client.BaseAddress };
        if (authorization is not null)
        {
            stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        }

        using var content = new StringContent("{\"name\":\"a\"}", Encoding.UTF8, "application/json");
        using var response = await stranger.PostAsync(new Uri("/body", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task Without_a_configured_token_the_first_start_makes_one_and_shows_it_once()
    {
        using var other = new TempFolder();
        var settings = TestService.Settings(other);
        await using var database = TestService.Open(other);
        var first = new ManagementToken(database, new SecretHashes(database, settings), settings);
        first.Open();
        var shown = await first.KeepAsync();
        Assert.NotNull(shown);
        Assert.True(first.Matches(shown));
        var second = new ManagementToken(database, new SecretHashes(database, settings), settings);
        second.Open();
        Assert.Null(await second.KeepAsync());
        Assert.True(second.Matches(shown));
        Assert.False(second.Matches(shown + "0"));
    }

    private async Task<(HttpStatusCode Status, JsonElement Document)> GetAsync(string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    private sealed record Body
    {
        public required string Name { get; init; }
    }
}
