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

/// <summary>The CSV files of one folder on loopback, for whoever sends its credential. It knows nothing of contracts: the connector before it does.</summary>
internal sealed class FolderSource : IAsyncDisposable
{
    private readonly string folder;
    private readonly WebApplication app;
    private string credential = "";

    private FolderSource(string folder, int port)
    {
        this.folder = folder;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        app = builder.Build();
        app.Use((context, next) => Knows(context.Request) ? next(context) : RefuseAsync(context));
        app.MapGet("/{name}", Serve);
    }

    /// <summary>Where it listens, without a trailing slash.</summary>
    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Where address and credential are kept for <c>tds product publish</c>.</summary>
    public string AccessFile => FolderAccess.FileOf(folder);

    /// <summary>What is served: looked up anew each time, so that a new file needs no restart.</summary>
    public IEnumerable<(string Name, string Path)> Files => Directory.EnumerateFiles(folder, "*.csv").Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), path));

    /// <summary>Starts serving.</summary>
    /// <exception cref="CannotStartException">There is no such folder, or the port is in use.</exception>
    public static async Task<FolderSource> StartAsync(string folder, int port)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(full))
        {
            throw new CannotStartException($"There is no folder {full}.");
        }

        var known = FolderAccess.Find(full);
        var source = new FolderSource(full, port);
        try
        {
            await source.app.StartAsync();
            source.credential = FolderAccess.Save(full, known, source.Url).Credential;
            return source;
        }
        catch (IOException failure)
        {
            await source.DisposeAsync();
            throw new CannotStartException($"The source does not start: {failure.Message} Another port: --port.", failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => app.DisposeAsync();

    // Only names that the folder lists are opened: no path of a caller ever reaches the file system.
    private IResult Serve(string name) => Files.FirstOrDefault(file => file.Name == name).Path is { } path
        ? Results.File(path, MediaTypeNames.Text.Csv)
        : Results.NotFound();

    private bool Knows(HttpRequest request) => credential.Length > 0 && CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(request.Headers[SourceApi.CredentialHeader].ToString()), Encoding.UTF8.GetBytes(credential));

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return context.Response.WriteAsync($"This source answers only who sends its credential in {SourceApi.CredentialHeader}.");
    }
}
