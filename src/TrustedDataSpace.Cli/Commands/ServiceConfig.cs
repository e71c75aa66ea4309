using System.Net;
using Microsoft.Extensions.Configuration;
using TrustedDataSpace.Hosting.Configuration;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>What a settings file says about reaching its service.</summary>
/// <param name="Participant">DID of whose service it is.</param>
/// <param name="Url">Where it is reached.</param>
/// <param name="Token">Its management token, when the file has it.</param>
/// <param name="TrustedCertificates">The roots that it trusts itself, when the file names them.</param>
internal sealed record ServiceConfig(string Participant, string Url, string? Token, string? TrustedCertificates)
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
            return AddressIn(settings) is { } address
                ? new ServiceConfig(settings["Participant:Id"] ?? path, address, settings["Management:Token"], RootsFor(address, settings))
                : throw new CannotStartException($"{path} names no fixed address to listen on (Listen:Url): say where the service is with --url.");
        }
        catch (InvalidDataException failure)
        {
            throw new CannotStartException($"{path} is not a settings file in JSON: {SettingsLoader.Describe(failure)}", failure);
        }
    }

    // Where no certificate is shown, none has to be trusted.
    private static string? RootsFor(string address, IConfiguration settings) =>
        address.StartsWith("https:", StringComparison.OrdinalIgnoreCase) && settings["Egress:TrustedCertificates"] is { Length: > 0 } roots ? roots : null;

    // A certificate is for the public name; plain HTTP on loopback is the way past a proxy.
    private static string? AddressIn(IConfiguration settings)
    {
        var open = settings["Listen:PublicUrl"] is { Length: > 0 } named ? named.TrimEnd('/') : null;
        if (!Uri.TryCreate(settings["Listen:Url"], UriKind.Absolute, out var url) || url.Port == 0)
        {
            return open;
        }

        var isAll = IPAddress.TryParse(url.Host.Trim('[', ']'), out var bound) && (bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any));
        return isAll ? open ?? new UriBuilder(url) { Host = "localhost" }.Uri.GetLeftPart(UriPartial.Authority)
            : url.Scheme == Uri.UriSchemeHttps && open is not null ? open
            : url.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Redacted: a record's own text would show the token.</summary>
    public override string ToString() => $"{Participant} at {Url}";
}
