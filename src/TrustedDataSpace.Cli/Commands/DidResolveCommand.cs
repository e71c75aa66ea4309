using System.CommandLine;
using System.Text.Json;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Dids;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds did resolve DID</c>: what a did:web document says, fetched as a service would fetch it.</summary>
internal static class DidResolveCommand
{
    public static Command Create()
    {
        var did = new Argument<string>("DID") { Description = "A did:web identifier, such as did:web:grid.example." };
        var nearby = new Option<bool>("--allow-private-addresses") { Description = "Also fetch from loopback and private addresses; on loopback by plain HTTP." };
        var trusted = new Option<string?>("--trusted-certificates") { Description = "Certificate authorities to trust instead of the system's, in PEM.", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Write keys and services as a DID document." };
        var command = new Command("resolve", "Fetch the document of a did:web identifier and show its keys and services.") { did, nearby, trusted, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var settings = new ServiceSettings
            {
                Egress = new EgressOptions { AllowPrivateAddresses = parsed.GetValue(nearby), TrustedCertificates = parsed.GetValue(trusted) },
            };
            using var client = new JsonClient(settings);
            var document = await new DidResolver(client, settings, TimeProvider.System).ResolveAsync(Did.Parse(parsed.GetValue(did)!), cancellation);
            await ShowAsync(document, parsed.GetValue(json), parsed.InvocationConfiguration.Output);
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task ShowAsync(DidDocument document, bool json, TextWriter output)
    {
        if (json)
        {
            await output.WriteLineAsync(document.ToJson().ToJsonString(ReadableJson.Options));
            return;
        }

        await output.WriteLineAsync(document.Id.Value);
        foreach (var key in document.Keys)
        {
            await output.WriteLineAsync($"key      {key.Id}  {string.Join(", ", key.Uses.Select(use => JsonNamingPolicy.CamelCase.ConvertName(use.ToString())))}");
        }

        foreach (var service in document.Services)
        {
            await output.WriteLineAsync($"service  {service.Type}  {service.Endpoint}");
        }
    }
}
