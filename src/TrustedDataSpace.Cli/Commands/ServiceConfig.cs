using Microsoft.Extensions.Configuration;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>What a settings file says about reaching its service.</summary>
/// <param name="Participant">DID of whose service it is.</param>
/// <param name="Url">Where it listens.</param>
/// <param name="Token">Its management token, when the file has it.</param>
internal sealed record ServiceConfig(string Participant, string Url, string? Token)
{
    /// <summary>Reads a settings file as the service itself does.</summary>
    /// <exception cref="CannotStartException">There is none, or it does not say where the service listens.</exception>
    public static ServiceConfig Read(string file)
    {
        var path = Path.GetFullPath(file);
        if (!File.Exists(path))
        {
            throw new CannotStartException($"There is no file {path}: --config names the settings file of a service, as 'tds join' writes it.");
        }

        try
        {
            var settings = new ConfigurationBuilder().AddJsonFile(path, optional: false, reloadOnChange: false).Build();
            return Uri.TryCreate(settings["Listen:Url"], UriKind.Absolute, out var url) && url.Port != 0
                ? new ServiceConfig(settings["Participant:Id"] ?? path, url.GetLeftPart(UriPartial.Authority), settings["Management:Token"])
                : throw new CannotStartException($"{path} names no fixed address to listen on (Listen:Url): say where the service is with --url.");
        }
        catch (InvalidDataException failure)
        {
            throw new CannotStartException($"{path} is not a settings file in JSON: {failure.InnerException?.Message ?? failure.Message}", failure);
        }
    }

    /// <summary>Redacted: a record's own text would show the token.</summary>
    public override string ToString() => $"{Participant} at {Url}";
}
