using System.CommandLine;
using TrustedDataSpace.Cli.Clients;

namespace TrustedDataSpace.Cli.Commands.Contracts;

/// <summary><c>tds get AGREEMENT [PATH]</c>: data, as a local application gets it.</summary>
internal static class GetCommand
{
    private const string SecretVariable = "TDS_APP_SECRET";

    public static Command Create()
    {
        var agreement = new Argument<string>("AGREEMENT") { Description = "Id of the agreement." };
        var path = new Argument<string>("PATH") { Description = "Path and query at the source, such as ?date=2026-05-01.", DefaultValueFactory = _ => "" };
        var purpose = new Option<string>("--purpose") { Description = "What for.", DefaultValueFactory = _ => "inference" };
        var file = new Option<string?>("--out") { Description = "Write the data there, in place of the terminal.", HelpName = "FILE" };
        var secret = new Option<string?>("--secret-file") { Description = $"File with the application's secret, as 'tds app add --secret-file' writes it. Default: the variable {SecretVariable}.", HelpName = "FILE" };
        var retry = new Option<string?>("--key") { Description = "Idempotency-Key: the same answer under the same key within 15 minutes counts once.", HelpName = "KEY" };
        return Verb.ForConnector("get", "Get data under an agreement, as a local application: the contract decides, both sides count.", [agreement, path, purpose, file, secret, retry], async call =>
        {
            var (rest, key) = (Rest(call.Parsed.GetValue(path)!), Secret(call.Get(secret)));
            var client = new ConsumeClient(call.Http, call.Service) { IdempotencyKey = call.Get(retry) };
            if (call.Get(file) is not { } name)
            {
                await call.Output.WriteAsync(await client.FetchAsync(call.Get(agreement), rest, call.Get(purpose)!, key, call.Cancellation));
                return ExitCode.Ok;
            }

            // Beside the place first: a refused or cut answer must not look like data.
            var draft = name + ".part";
            await using (var stream = File.Create(draft))
            {
                await client.FetchAsync(call.Get(agreement), rest, call.Get(purpose)!, key, stream, call.Cancellation);
            }

            File.Move(draft, name, overwrite: true);
            await call.ShowAsync(new { File = Path.GetFullPath(name), Bytes = new FileInfo(name).Length }, [$"{new FileInfo(name).Length} bytes in {name}"]);
            return ExitCode.Ok;
        });
    }

    private static string Rest(string path) => path.Length == 0 || path[0] is '/' or '?' ? path : "/" + path;

    private static string Secret(string? file)
    {
        if (file is not null)
        {
            return File.ReadAllText(file).Trim();
        }

        return Environment.GetEnvironmentVariable(SecretVariable) is { Length: > 0 } secret
            ? secret
            : throw new CannotStartException($"Data is given to applications only: make one with 'tds app add --secret-file FILE', then name that file by --secret-file, or put the secret into the variable {SecretVariable}.");
    }
}
