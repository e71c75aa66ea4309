using System.CommandLine;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Space;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>Which connector a command speaks to: one of a space on this machine, or any by its address and token.</summary>
internal sealed class ConnectorOptions
{
    private const string TokenVariable = "TDS_MANAGEMENT_TOKEN";

    private readonly Option<string?> data = DataOption.Create("Folder of a space on this machine, as given to 'tds up'. Default: the one of --space.");
    private readonly Option<string> space = new("--space") { Description = "Name of a space on this machine that was started without --data.", DefaultValueFactory = _ => "power-grid" };
    private readonly Option<string?> participant = new("--participant") { Description = "Whose connector: short name or DID, for example vpp." };
    private readonly Option<string?> url = new("--url") { Description = $"Address of a connector elsewhere, in place of the options above. Its management token is read from the variable {TokenVariable}." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[data, space, participant, url])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The connector that was named.</summary>
    /// <exception cref="CannotStartException">It cannot be found.</exception>
    public ManagementClient Client(ParseResult parsed, HttpClient http) => new(http, parsed.GetValue(url) is { } address ? Remote(address) : Local(parsed));

    // A token on the command line would stand in the list of processes.
    private static ServiceAccess Remote(string address) => Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token
        ? new ServiceAccess { Id = address, Url = address.TrimEnd('/'), Token = token }
        : throw new CannotStartException($"--url needs the connector's management token in the variable {TokenVariable}.");

    private ServiceAccess Local(ParseResult parsed)
    {
        var folder = parsed.GetValue(data) is { } named ? new SpaceFolder(named) : SpaceFolder.Default(parsed.GetValue(space)!);
        return SpaceAccess.Load(folder).Participant(parsed.GetValue(participant) ?? "");
    }
}
