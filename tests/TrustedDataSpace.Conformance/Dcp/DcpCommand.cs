using System.Runtime.InteropServices;

namespace TrustedDataSpace.Conformance.Dcp;

/// <summary>Prepares a service for the public kit of the Decentralized Claims Protocol, prints where the kit's configuration is, and runs it until it is told to stop.</summary>
internal static class DcpCommand
{
    public const string Verb = "dcp";
    private const string Issuer = "issuer";

    public static async Task<int> RunAsync(DcpOptions options)
    {
        var folder = options.Data is { } given ? Directory.CreateDirectory(given).FullName : Directory.CreateTempSubdirectory("tds-conformance-").FullName;
        using var stopped = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stopped));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stopped));
        await using var service = options.Role switch
        {
            Issuer => await IssuerUnderTest.StartAsync(options, folder),
            _ => throw new ArgumentException($"--role is {Issuer}."),
        };
        await Console.Out.WriteLineAsync($"tck-config: {service.ConfigurationFile}");
        await Task.Delay(Timeout.Infinite, stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    private static void Stop(PosixSignalContext context, CancellationTokenSource stopped)
    {
        context.Cancel = true;
        stopped.Cancel();
    }
}
