using System.CommandLine;
using TrustedDataSpace.Cli.Clients;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds app list</c>.</summary>
internal static class AppListCommand
{
    public static Command Create()
    {
        var connector = ServiceOptions.Connector();
        var command = new Command("list", "Show which applications may use data.");
        connector.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var service = connector.Service(parsed);
            using var http = ServiceClient.CreateHttp(service.TrustedCertificates);
            var output = parsed.InvocationConfiguration.Output;
            foreach (var application in await new ManagementClient(http, service).ApplicationsAsync(cancellation))
            {
                await output.WriteLineAsync(
                    $"{application.Id}  {application.Name}  person: {application.Person}  purposes: {string.Join(", ", application.Purposes)}  agreements: {string.Join(", ", application.Agreements)}");
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
