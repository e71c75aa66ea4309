using TrustedDataSpace.Conformance.Dcp;
using TrustedDataSpace.Conformance.Dsp;
using TrustedDataSpace.Conformance.Dsp.Driver;
using TrustedDataSpace.Conformance.Rego;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace TrustedDataSpace.Conformance;

/// <summary>Four programs beside the tests; everything else on the command line is the test runner's.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        try
        {
            return args switch
            {
                [DspCommands.Drive, ..] => await DspCommands.DriveAsync(DriverOptions.Parse(args.AsSpan(1))),
                [DspCommands.Counterpart, ..] => await DspCommands.CounterpartAsync(DriverOptions.Parse(args.AsSpan(1))),
                [DcpCommand.Verb, ..] => await DcpCommand.RunAsync(DcpOptions.Parse(args.AsSpan(1))),
                [RegoCommand.Verb, var folder] => RegoCommand.Run(folder, showFailures: false),
                [RegoCommand.Verb, var folder, "--failures"] => RegoCommand.Run(folder, showFailures: true),

                // As the entry point does that the test framework would make.
                _ when args.Contains("--server") || args.Contains("--internal-msbuild-node") =>
                    await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
                _ => await ConsoleRunner.Run(args),
            };
        }
        catch (Exception wrong) when (wrong is ArgumentException or IOException && args is [DspCommands.Drive or DspCommands.Counterpart or DcpCommand.Verb or RegoCommand.Verb, ..])
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return 2;
        }
    }
}
