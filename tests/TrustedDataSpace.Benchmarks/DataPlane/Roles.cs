using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Benchmarks.Rego;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace TrustedDataSpace.Benchmarks.DataPlane;

/// <summary>What a child process of the data-plane benchmark is.</summary>
internal static class Roles
{
    public static async Task RunAsync(string[] arguments)
    {
        await using var app = arguments switch
        {
            ["source"] => Source(),
            ["policy"] => Policy(),
            ["yarp", var source] => Yarp(source),
            ["connector", var id, var folder, var authority, var token, var ownRules] => ConnectorHost.Build(BenchSpace.ConnectorSettings(id, folder, authority, token, ownRules), Quiet),
            _ => throw new ArgumentException("There is no such role."),
        };
        if (arguments[0] == "connector")
        {
            await app.StartServiceAsync(TextWriter.Null);
            await ChildProcess.ServeAsync(app.Services.GetRequiredService<ServiceAddress>().Url);
        }
        else
        {
            await app.StartAsync();
            await ChildProcess.ServeAsync(app.Urls.Single());
        }
    }

    // 1 KiB, whatever is asked for, below /rows/ of CSV; a stream of so many bytes below /bytes/; a stream that only keeps alive below /idle/.
    private static WebApplication Source()
    {
        var builder = Builder();
        var app = builder.Build();
        var body = new byte[1024];
        body.AsSpan().Fill((byte)'x');
        var rows = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 64).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i:D7},{i * 3:D7}\n"))));
        app.Run(async context =>
        {
            var response = context.Response;
            response.ContentType = "application/octet-stream";
            var path = context.Request.Path.Value!;
            if (path.IndexOf("/bytes/", StringComparison.Ordinal) is >= 0 and var at)
            {
                var left = long.Parse(path.AsSpan(at + 7), NumberStyles.None, CultureInfo.InvariantCulture);
                response.ContentLength = left;
                var block = new byte[64 * 1024];
                for (; left > 0; left -= block.Length)
                {
                    await response.Body.WriteAsync(block.AsMemory(0, (int)Math.Min(left, block.Length)));
                }
            }
            else if (path.Contains("/idle/", StringComparison.Ordinal))
            {
                response.ContentType = "text/event-stream";
                await response.Body.WriteAsync(": open\n\n"u8.ToArray());
                await response.Body.FlushAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                var isCsv = path.Contains("/rows/", StringComparison.Ordinal);
                response.ContentType = isCsv ? "text/csv" : response.ContentType;
                response.ContentLength = (isCsv ? rows : body).Length;
                await response.Body.WriteAsync(isCsv ? rows : body);
            }
        });
        return app;
    }

    // What a policy server would do at the least: a decision of the engine for each question, and nothing else.
    private static WebApplication Policy()
    {
        var app = Builder().Build();
        var decisions = RegoCase.Abac();
        var turn = 0;
        app.Run(context =>
        {
            var allowed = decisions.Allows(Interlocked.Increment(ref turn) & 0xFFFFF);
            context.Response.StatusCode = allowed ? StatusCodes.Status200OK : StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        });
        return app;
    }

    private static WebApplication Yarp(string source)
    {
        var builder = Builder();
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "source", Match = new RouteMatch { Path = "{**rest}" } }],
            [new ClusterConfig { ClusterId = "source", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = source } } }]);
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }

    private static WebApplicationBuilder Builder()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        Quiet(builder);
        return builder;
    }

    private static void Quiet(WebApplicationBuilder builder) => builder.Logging.ClearProviders();
}
