using System.Globalization;
using System.Net;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Cli.Sources;

/// <summary>
/// A provider's own service, behind its connector: that of the grid company, or another one. It knows nothing of contracts: it answers whoever has its
/// credential, and only the connector has.
/// </summary>
internal sealed class SourceApi : IAsyncDisposable
{
    /// <summary>The header with the credential.</summary>
    public const string CredentialHeader = "X-Source-Key";

    private readonly WebApplication app;

    private SourceApi(WebApplication app) => this.app = app;

    /// <summary>Where it listens, without a trailing slash.</summary>
    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts the service on loopback.</summary>
    /// <param name="port">0 for a free port.</param>
    /// <param name="credential">What callers have to send.</param>
    /// <param name="demandFile">The CSV that <c>/system_demand_48</c> gives out; with <c>?follow=true</c> as a feed that does not end.</param>
    public static Task<SourceApi> StartAsync(int port, string credential, string demandFile) => StartAsync(port, credential, app =>
    {
        app.MapGet("/load_curve_96", LoadCurve);
        app.MapGet("/system_demand_48", (HttpContext context, bool? follow) => follow is true
            ? Results.Stream(body => FollowAsync(demandFile, body, context.RequestAborted), MediaTypeNames.Text.Csv)
            : Results.File(demandFile, MediaTypeNames.Text.Csv));
    });

    /// <summary>Starts a service on loopback.</summary>
    /// <param name="port">0 for a free port.</param>
    /// <param name="credential">What callers have to send.</param>
    /// <param name="map">What it serves.</param>
    public static async Task<SourceApi> StartAsync(int port, string credential, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        app.Use((context, next) => Knows(context.Request, credential) ? next(context) : RefuseAsync(context));
        map(app);
        try
        {
            await app.StartAsync();
            return new SourceApi(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static IResult LoadCurve(string? date)
    {
        var (first, last) = (LoadCurves.FirstDay, LoadCurves.LastDay);
        if (date is not null)
        {
            if (!DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                return Results.Text($"date '{date}' is not a day such as 2026-05-01", statusCode: StatusCodes.Status400BadRequest);
            }

            if (day < first || day > last)
            {
                return Results.NotFound();
            }

            first = last = day;
        }

        return Results.Stream(body => WriteAsync(LoadCurves.Lines(first, last), body), MediaTypeNames.Text.Csv);
    }

    private static async Task WriteAsync(IEnumerable<string> lines, Stream body)
    {
        await using var writer = new StreamWriter(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        foreach (var line in lines)
        {
            await writer.WriteAsync(line);
            await writer.WriteAsync('\n');
        }
    }

    /// <summary>What is measured so far, and then the answer stays open for what comes next: for as long as the caller stays, nothing does.</summary>
    private static async Task FollowAsync(string file, Stream body, CancellationToken gone)
    {
        await using (var measured = File.OpenRead(file))
        {
            await measured.CopyToAsync(body, gone);
        }

        await body.FlushAsync(gone);
        await Task.Delay(Timeout.InfiniteTimeSpan, gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static bool Knows(HttpRequest request, string credential) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(request.Headers[CredentialHeader].ToString()), Encoding.UTF8.GetBytes(credential));

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return context.Response.WriteAsync($"This source answers only who sends its credential in {CredentialHeader}.");
    }
}
