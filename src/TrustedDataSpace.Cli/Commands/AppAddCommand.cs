using System.CommandLine;
using System.Text;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds app add</c>.</summary>
internal static class AppAddCommand
{
    public static Command Create()
    {
        var connector = ServiceOptions.Connector();
        var name = new Option<string>("--name") { Description = "Name of the application.", Required = true };
        var person = new Option<string>("--person") { Description = "The person responsible for it.", Required = true };
        var agreements = new Option<string[]>("--agreement") { Description = "An agreement it may use; may be repeated.", Required = true };
        var purposes = new Option<string[]>("--purpose") { Description = "A purpose it may declare, such as inference; may be repeated.", Required = true };
        var secretFile = new Option<string?>("--secret-file") { Description = "Write the secret to a new file (mode 0600) in place of showing it.", HelpName = "FILE" };
        var command = new Command("add", "Let an application use data. Its secret is shown this once.") { name, person, agreements, purposes, secretFile };
        connector.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var service = connector.Service(parsed);
            using var http = ServiceClient.CreateHttp(service.TrustedCertificates);
            var credential = await new ManagementClient(http, service).GrantAsync(
                new ApplicationGrant
                {
                    Name = parsed.GetValue(name)!,
                    Person = parsed.GetValue(person)!,
                    Agreements = parsed.GetValue(agreements)!,
                    Purposes = parsed.GetValue(purposes)!,
                },
                cancellation);
            var output = parsed.InvocationConfiguration.Output;
            await output.WriteLineAsync($"id      {credential.Id}");
            if (parsed.GetValue(secretFile) is { } file)
            {
                PrivateFile.Write(file, Encoding.ASCII.GetBytes(credential.Secret));
                await output.WriteLineAsync($"secret  in {file}");
            }
            else
            {
                await output.WriteLineAsync($"secret  {credential.Secret}");
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
