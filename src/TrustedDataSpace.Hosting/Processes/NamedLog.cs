using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace TrustedDataSpace.Hosting.Processes;

/// <summary>The console log of a service that is not alone in its process: each line says whose it is.</summary>
/// <param name="name">Stands behind the category.</param>
/// <param name="inner">Writes the lines.</param>
internal sealed class NamedLog(string name, ILoggerProvider inner) : ILoggerProvider, ISupportExternalScope
{
    /// <summary>Puts it in the place of the providers that a host has by itself.</summary>
    public static void Use(WebApplicationBuilder builder, string name)
    {
        builder.Logging.ClearProviders().AddConsole();
        var console = builder.Services.Single(service => service.ServiceType == typeof(ILoggerProvider));
        builder.Services.Remove(console);
        builder.Services.AddSingleton<ILoggerProvider>(services => new NamedLog(name, ActivatorUtilities.CreateInstance<ConsoleLoggerProvider>(services)));
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => inner.CreateLogger($"{categoryName} ({name})");

    /// <inheritdoc/>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => (inner as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
