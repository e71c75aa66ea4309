using System.CommandLine;
using TrustedDataSpace.Cli.Clients;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds app remove ID</c>.</summary>
internal static class AppRemoveCommand
{
    public static Command Create()
    {
        var connector = ServiceOptions.Connector();
        var id = new Argument<string>("ID") { Description = "Id of the application, as 'tds app list' shows it." };
        var command = new Command("remove", "Take an application's access back. Its secret is worthless from then on.") { id };
        connector.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var service = connector.Service(parsed);
            using var http = ServiceClient.CreateHttp(service.TrustedCertificates);
            await new ManagementClient(http, service).RevokeAsync(parsed.GetValue(id)!, cancellation);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"removed {parsed.GetValue(id)}");
            return ExitCode.Ok;
        });
        return command;
    }
}
