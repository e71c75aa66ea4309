using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Hosting.Tests.Requests;

/// <summary>A small service whose management interface makes things and paints them. Its state is in its evidence, and in the hashes of a table.</summary>
internal sealed class ThingService : IAsyncDisposable
{
    private const string Token = "tds_management_0123456789abcdef0123456789abcdef";
    private readonly WebApplication app;
    private readonly HttpClient client = new();

    private ThingService(TempFolder folder, TimeProvider clock)
    {
        var settings = TestService.Settings(folder) with { Management = new ManagementOptions { Token = Token } };
        var builder = ServiceHost.CreateBuilder(settings, new SchemaComponent("test", typeof(ThingService).Assembly));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(clock);
        builder.Services.AddManagementRequests();
        app = builder.Build();
        app.UseServiceDefaults();
        app.UseManagementRequests();
        var group = app.MapManagement("things");
        group.MapPost("/things", MakeAsync);
        group.MapGet("/things/{id}", (string id, SecretHashes things) => Show(id, things));
        group.MapPost("/things/{id}/paint", PaintAsync);
        group.MapPost("/secrets", SecretAsync);
        group.MapPost("/questions", () => new { answer = 42 });
    }

    /// <summary>Runs in a handler, between its first look and its command.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs in a handler, between its command and its answer.</summary>
    public Func<Task> After { get; set; } = () => Task.CompletedTask;

    public Database Database => app.Services.GetRequiredService<Database>();

    public static async Task<ThingService> StartAsync(TempFolder folder, TimeProvider? clock = null)
    {
        var service = new ThingService(folder, clock ?? TimeProvider.System);
        await service.app.StartServiceAsync(TextWriter.Null);
        service.client.BaseAddress = new Uri(service.app.Services.GetRequiredService<ServiceAddress>().Url);
        service.client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
    }

    public Task<HttpResponseMessage> PostAsync(string route, string color, string? key = null, string? ifMatch = null, string? bearer = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = JsonContent.Create(new { color }) };
        request.Headers.Authorization = bearer is null ? null : new("Bearer", bearer);
        Add(request, "Idempotency-Key", key);
        Add(request, "If-Match", ifMatch);
        return client.SendAsync(request).Within("POST " + route);
    }

    /// <summary>Makes a management token.</summary>
    public async Task<string> TokenAsync(string name)
    {
        using var made = await client.PostAsJsonAsync(TokenRoutes.Tokens, new TokenDefinition { Name = name, Scopes = ["things:write"] }, ProtocolJson.Options);
        return (await made.JsonAsync()).GetProperty("secret").GetString()!;
    }

    public Task<HttpResponseMessage> GetAsync(string route, string? ifNoneMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, route);
        Add(request, "If-None-Match", ifNoneMatch);
        return client.SendAsync(request).Within("GET " + route);
    }

    /// <summary>Something else happens to the thing, outside of any request.</summary>
    public async Task HappenAsync(string id, string color)
    {
        Task change;
        using (ExecutionContext.SuppressFlow())
        {
            change = Task.Run(() => Database.WriteAsync(unit => Paint(unit, app.Services.GetRequiredService<EvidenceTrail>(), id, color)));
        }

        await change;
    }

    public long Count(string kind) => Database.Read(connection => connection.QuerySingle<long>(
        "SELECT count(*) FROM evidence_trail WHERE entry LIKE @like", new { like = $"%\"{kind}\"%" }));

    private async Task<IResult> MakeAsync(Thing thing, Ids ids, EvidenceTrail trail, string shelf = "")
    {
        await Before();
        if (thing.Color == "invisible")
        {
            throw new RefusalException(RefusalCode.Unsupported, "Nobody could see it.");
        }

        var id = ids.Next();
        await Database.WriteAsync(unit =>
        {
            SecretHashes.Put(unit, id, thing.Color);
            trail.Append(unit, "thing.made", new { thing.Color, shelf }, process: id);
        });
        await After();
        return TypedResults.Created("/things/" + id, new { id, thing.Color });
    }

    private async Task<object> PaintAsync(string id, Thing thing, EvidenceTrail trail, SecretHashes things)
    {
        await Before();
        if (thing.Color == "forbidden")
        {
            await Database.WriteAsync(unit => trail.Append(unit, EvidenceKinds.DecisionDenied, new { thing.Color }, process: id));
            throw new RefusalException(RefusalCode.PolicyRefused, "The color is forbidden.");
        }

        await Database.WriteAsync(unit => Paint(unit, trail, id, thing.Color));
        await After();
        return Show(id, things);
    }

    private async Task<object> SecretAsync(Thing thing, Ids ids)
    {
        var id = ids.Next();
        await Database.WriteAsync(unit =>
        {
            SecretHashes.Put(unit, id, "secret");
            unit.Concerns(id);
        });
        await After();
        return new { secret = "very-secret-" + id };
    }

    private static void Paint(UnitOfWork unit, EvidenceTrail trail, string id, string color)
    {
        SecretHashes.Put(unit, id, color);
        trail.Append(unit, "thing.painted", new { color }, process: id);
    }

    private static object Show(string id, SecretHashes things) =>
        things.Find(id) is { } color ? new { id, color } : throw new RefusalException(RefusalCode.NotFound, $"There is no thing '{id}'.");

    private static void Add(HttpRequestMessage request, string header, string? value)
    {
        if (value is not null)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }
    }

    internal sealed record Thing
    {
        public required string Color { get; init; }
    }
}

internal static class ThingAnswers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer) => JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

    public static bool IsReplay(this HttpResponseMessage answer) => answer.Headers.Contains("Idempotency-Replayed");
}
