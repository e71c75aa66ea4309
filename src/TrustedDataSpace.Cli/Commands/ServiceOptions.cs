using System.CommandLine;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Cli.Commands.SignIn;
using TrustedDataSpace.Cli.Space;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>
/// Which service a command speaks to, and with which token: the one place that knows. Three ways: a space on this machine
/// (<c>--data</c> or <c>--space</c>), a settings file such as <c>tds join</c> writes (<c>--config</c>), or an address (<c>--url</c>).
/// </summary>
internal sealed class ServiceOptions
{
    /// <summary>The variable that a token is read from.</summary>
    public const string TokenVariable = "TDS_MANAGEMENT_TOKEN";

    private readonly Option<string?> data = DataOption.Create("Folder of a space on this machine, as given to 'tds up'. Default: the one of --space.");
    private readonly Option<string> space = new("--space") { Description = "Name of a space on this machine that was started without --data.", DefaultValueFactory = _ => "power-grid" };
    private readonly Option<string?> participant = new("--participant") { Description = "Whose connector: short name or DID, for example vpp." };
    private readonly Option<string?> config = new("--config") { Description = "Settings file of the service, as 'tds join' writes it, in place of the options above.", HelpName = "FILE" };
    private readonly Option<string?> url = new("--url") { Description = $"Address of the service, in place of the options above. Its management token is read from --token-file or the variable {TokenVariable}, or 'tds login' has got one." };
    private readonly Option<string?> tokenFile = new("--token-file") { Description = "File with the management token of the service.", HelpName = "FILE" };
    private readonly bool isAuthority;

    private ServiceOptions(bool isAuthority) => this.isAuthority = isAuthority;

    /// <summary>For commands to a participant's connector.</summary>
    public static ServiceOptions Connector() => new(isAuthority: false);

    /// <summary>For commands of the operator of a space.</summary>
    public static ServiceOptions Authority() => new(isAuthority: true);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in isAuthority ? (Option[])[data, space, config, url, tokenFile] : [data, space, participant, config, url, tokenFile])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The service that was named.</summary>
    /// <exception cref="CannotStartException">It cannot be found.</exception>
    public ServiceAccess Service(ParseResult parsed)
    {
        var service = Named(parsed);
        return Uri.TryCreate(service.Url, UriKind.Absolute, out var address) && address.Scheme.StartsWith(Uri.UriSchemeHttp, StringComparison.Ordinal)
            ? service
            : throw new CannotStartException(service.Url is null
                ? $"{service.Id} has not been started yet: start the space with 'tds up'."
                : $"'{service.Url}' is not the address of a service, for example http://127.0.0.1:8181.");
    }

    private ServiceAccess Named(ParseResult parsed) => (parsed.GetValue(url), parsed.GetValue(config)) switch
    {
        (not null, not null) => throw new CannotStartException("--url and --config both name the service: give one of them."),
        ({ } address, null) => new ServiceAccess { Id = address, Url = address.TrimEnd('/'), Token = Token(parsed) ?? SignedIn(address.TrimEnd('/')) ?? throw NoToken("--url") },
        (null, { } file) => Configured(ServiceConfig.Read(file), parsed),
        _ => Local(parsed),
    };

    private ServiceAccess Configured(ServiceConfig known, ParseResult parsed) => new()
    {
        Id = known.Participant,
        Url = known.Url,
        Token = known.Token ?? Token(parsed) ?? SignedIn(known.Url, known.TrustedCertificates) ?? throw NoToken("--config without Management:Token in the file"),
        TrustedCertificates = known.TrustedCertificates,
    };

    private ServiceAccess Local(ParseResult parsed)
    {
        var folder = parsed.GetValue(data) is { } named ? new SpaceFolder(named) : SpaceFolder.Default(parsed.GetValue(space)!);
        var access = SpaceAccess.Load(folder);
        return isAuthority ? access.Authority : access.Participant(parsed.GetValue(participant) ?? "");
    }

    /// <summary>The token for a service: of the file, of the variable, or what signing in has got; null: none.</summary>
    public static string? TokenFor(string address, string? file) => Token(file) ?? SignedIn(address);

    private string? Token(ParseResult parsed) => Token(parsed.GetValue(tokenFile));

    // A token on the command line would stand in the list of processes.
    private static string? Token(string? file)
    {
        if (file is not null)
        {
            return File.ReadAllText(file).Trim();
        }

        return Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token ? token : null;
    }

    private static string? SignedIn(string address, string? trustedCertificates = null)
    {
        using var http = ServiceClient.CreateHttp(trustedCertificates);
        return SavedLogin.TokenFor(address, http, TimeProvider.System);
    }

    private static CannotStartException NoToken(string option) =>
        new($"{option} needs the service's management token: name a file with it by --token-file, set the variable {TokenVariable}, or sign in with 'tds login'.");
}
