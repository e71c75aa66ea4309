using System.CommandLine;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Reports;
using TrustedDataSpace.Cli.Space;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds up FOLDER</c>.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = $"Folder with a {SpaceFile.FileName}, for example samples/power-grid." };
        var data = DataOption.Create("Where the space keeps its state. Default: below your own application data.");
        var command = new Command("up", "Start a whole space on this machine, as its space.yaml says. It keeps its state: a second start goes on.") { folder, data };
        command.SetAction((parsed, cancellation) => RunAsync(
            Samples.Find(parsed.GetValue(folder)!), parsed.GetValue(data), parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string folder, string? data, TextWriter output, CancellationToken cancellation)
    {
        var definition = SpaceFile.Load(folder);
        var state = data is null ? SpaceFolder.Default(definition.Space) : new SpaceFolder(data);
        await using var host = await SpaceHost.StartAsync(definition, state);
        await OnboardAsync(host, definition, output, cancellation);
        await output.WriteLineAsync(NextCommands.For(host.Access, state));
        await Stop.WaitAsync(cancellation);
        return ExitCode.Ok;
    }

    private static async Task OnboardAsync(SpaceHost host, SpaceDefinition definition, TextWriter output, CancellationToken cancellation)
    {
        using var http = ServiceClient.CreateHttp();
        var authority = new AuthorityOperatorClient(http, host.Access.Authority);
        foreach (var participant in definition.Participants)
        {
            var connector = new ManagementClient(http, host.Access.Participants[participant.ShortName]);
            var status = await Onboarding.AdmitAsync(authority, connector, participant.Id, cancellation);
            var products = await Onboarding.PublishAsync(connector, participant, host.SourceUrl, host.Access.SourceCredential, cancellation);
            await output.WriteLineAsync(
                $"{participant.ShortName}: {status.Membership}, policies {status.PolicyRevision}, products: {(products.Count == 0 ? "none" : string.Join(", ", products.Select(product => $"{product.Id} version {product.Version}")))}");
        }
    }
}
