using System.Runtime.InteropServices;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>Prepares a service for the public kit of the Decentralized Claims Protocol, prints where the kit's configuration is, and runs it until it is told to stop.</summary>
internal static class DcpCommand
{
    public const string Verb = "dcp";
    public const string Holder = "holder";
    private const string Issuer = "issuer";
    private const string Verifier = "verifier";

    public static async Task<int> RunAsync(DcpOptions options)
    {
        var folder = options.Data is { } given ? Directory.CreateDirectory(given).FullName : Directory.CreateTempSubdirectory("tds-conformance-").FullName;
        using var stopped = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stopped));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stopped));
        var (service, configuration) = await StartAsync(options, folder);
        await using var running = service;
        await Console.Out.WriteLineAsync($"tck-config: {configuration}");
        await Task.Delay(Timeout.Infinite, stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    private static async Task<(IAsyncDisposable Service, string Configuration)> StartAsync(DcpOptions options, string folder)
    {
        switch (options.Role)
        {
            case Issuer:
                var issuer = await IssuerUnderTest.StartAsync(options, folder);
                return (issuer, issuer.ConfigurationFile);
            case Holder or Verifier:
                var connector = await ConnectorUnderTest.StartAsync(options, folder);
                return (connector, connector.ConfigurationFile);
            default:
                throw new ArgumentException($"--role is {Holder}, {Verifier} or {Issuer}.");
        }
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource stopped)
    {
        context.Cancel = true;
        stopped.Cancel();
    }
}
