using System.CommandLine;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands.Participants;

/// <summary>
/// <c>tds join AUTHORITY_URL --invite CODE --id DID</c>: from nothing to a connector that is a member. It writes the settings, then runs
/// the connector itself until that has its credential and the policies; keys are made by the connector and never leave it.
/// </summary>
internal static class JoinCommand
{
    public static Command Create()
    {
        var authority = new Argument<string>("AUTHORITY_URL") { Description = "Address of the authority, for example http://127.0.0.1:8180." };
        var invite = new Option<string>("--invite") { Description = "The code that the operator gave you.", Required = true, HelpName = "CODE" };
        var id = new Option<string>("--id") { Description = "Your identifier, a did:web of a domain of yours, for example did:web:factory.example.", Required = true, HelpName = "DID" };
        var name = new Option<string?>("--name") { Description = "Your name. Default: the one in the invite." };
        var region = new Option<string?>("--region") { Description = "Code of your region, unless the invite says it." };
        var roles = new Option<string[]>("--role") { Description = "A role you ask for, unless the invite says them; may be repeated." };
        var port = new Option<int>("--port") { Description = "Port on loopback for your connector.", DefaultValueFactory = _ => 8190 };
        var publicUrl = new Option<string?>("--public-url") { Description = "How others reach your connector, when a proxy stands before it.", HelpName = "URL" };
        var data = DataOption.Create("New folder for settings and state of your connector. Default: named after your domain, below the working directory.");
        var command = new Command("join", "Join a space with a connector of your own: settings, keys, application, admission.")
        {
            authority, invite, id, name, region, roles, port, publicUrl, data,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            new Joining
            {
                Authority = parsed.GetValue(authority)!.TrimEnd('/'),
                Code = parsed.GetValue(invite)!,
                Id = parsed.GetValue(id)!,
                Name = parsed.GetValue(name),
                Region = parsed.GetValue(region),
                Roles = parsed.GetValue(roles) ?? [],
                Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{parsed.GetValue(port)}"),
                PublicUrl = parsed.GetValue(publicUrl),
                Data = parsed.GetValue(data),
            },
            parsed.InvocationConfiguration.Output,
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Joining joining, TextWriter output, CancellationToken cancellation)
    {
        using var http = ServiceClient.CreateHttp();
        joining.Check();
        var invitation = await new AuthorityOperatorClient(http, new ServiceAccess { Id = joining.Authority, Url = joining.Authority, Token = "" })
            .InvitationAsync(joining.Code, cancellation);
        var (file, token) = joining.WriteSettings(invitation);
        await output.WriteLineAsync($"The space '{invitation.Space}' invites {invitation.Invite.Name}. Settings: {file} (mode 0600; its management token is inside)");

        await using var connector = await RunCommand.StartAsync([SettingsLoader.Load<ConnectorSettings>(["--config", file])], Build, TextWriter.Null);
        var management = new ManagementClient(http, new ServiceAccess { Id = joining.Id, Url = joining.Url, Token = token });
        if (!invitation.Invite.PreApproved)
        {
            await output.WriteLineAsync($"Applied as {joining.Id}. The operator admits you with: tds participant admit {joining.Id}");
            await output.WriteLineAsync($"You may stop here with Ctrl+C: 'tds connector run --config {file}' goes on waiting.");
        }

        var status = await Progress.WaitAsync(output, "Waiting for the operator's decision", () => AdmissionAsync(management, cancellation));
        if (status.Membership != ParticipantStates.Active)
        {
            await output.WriteLineAsync($"The operator has turned {joining.Id} away: its state is '{status.Membership}'.");
            return ExitCode.Failed;
        }

        await output.WriteLineAsync(NextSteps(joining.Id, status, file));
        return ExitCode.Ok;
    }

    private static WebApplication Build(ConnectorSettings settings, Action<WebApplicationBuilder>? configure) => ConnectorHost.Build(
        settings,

        // Why an application is refused is said by the connector: on the error stream.
        builder => builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));

    private static async Task<ConnectorStatus> AdmissionAsync(ManagementClient connector, CancellationToken cancellation)
    {
        while (true)
        {
            var status = await connector.StatusAsync(cancellation);
            if (status is { Membership: ParticipantStates.Active, PolicyRevision: not null } or { Membership: ParticipantStates.Suspended or ParticipantStates.Left })
            {
                return status;
            }
        }
    }

    private static string NextSteps(string id, ConnectorStatus status, string file) => string.Join(
        Environment.NewLine,
        $"{id} is a member of '{status.Space}', with policies {status.PolicyRevision}.",
        "Run your connector:",
        $"  tds connector run --config {file}",
        "Then, in another terminal: see what the space offers,",
        $"  tds catalog search '' --config {file}",
        "serve a folder of CSV files to your connector,",
        "  tds source serve FOLDER",
        "and offer one of them under a contract.",
        $"  tds product publish --csv FOLDER/FILE.csv --config {file}");
}
