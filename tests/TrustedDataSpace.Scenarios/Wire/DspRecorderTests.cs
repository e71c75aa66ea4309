using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace TrustedDataSpace.Scenarios.Wire;

/// <summary>The recorder sees what it is there to see: else all other tests would pass for nothing.</summary>
public sealed class DspRecorderTests
{
    private const string Valid = """{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"TransferProcess","providerPid":"p","consumerPid":"c","state":"STARTED"}""";
    private const string WithoutPid = """{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"TransferProcess","consumerPid":"c","state":"STARTED"}""";
    private const string BareContext = """{"@context":"https://w3id.org/dspace/2025/1/context.jsonld","@type":"TransferProcess","providerPid":"p","consumerPid":"c","state":"STARTED"}""";

    [Theory]
    [InlineData(Valid, 200, Valid, false, 0)]
    [InlineData(Valid, 200, WithoutPid, false, 1)]
    [InlineData(Valid, 400, BareContext, false, 1)]
    [InlineData(Valid, 400, "no JSON", false, 1)]
    [InlineData(Valid, 200, """{"state":"STARTED"}""", false, 1)]
    [InlineData(WithoutPid, 400, Valid, true, 1)]
    [InlineData(WithoutPid, 200, Valid, false, 1)]
    [InlineData(WithoutPid, 400, Valid, false, 0)]
    [InlineData(WithoutPid, 200, WithoutPid, true, 2)]
    public async Task Invalid_message_is_noticed_in_both_directions_unless_a_test_sends_it_and_it_is_refused(
        string request, int status, string answer, bool byConnector, int faults)
    {
        var recorder = new DspRecorder();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IStartupFilter>(recorder);
        await using var app = builder.Build();
        app.MapPost("/dsp/2025-1/transfers/request", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            Assert.Equal(request, await reader.ReadToEndAsync());
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer);
        });
        await app.StartAsync();
        using var client = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Post, app.Urls.First() + "/dsp/2025-1/transfers/request");
        message.Content = new StringContent(request, Encoding.UTF8, "application/json");
        if (byConnector)
        {
            message.Headers.Add("Accept", "application/json");
        }

        using var response = await client.SendAsync(message);

        Assert.Equal(answer, await response.Content.ReadAsStringAsync());
        Assert.Equal(faults, recorder.Faults.Count);
    }
}
