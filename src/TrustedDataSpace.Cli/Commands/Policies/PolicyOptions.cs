using System.CommandLine;
using System.Text.Json;
using TrustedDataSpace.Policy.Opa;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary>Options that several verbs share: what is evaluated, with which input, by which engine.</summary>
internal sealed class PolicyOptions
{
    private const string Embedded = "embedded";
    private const string OpaServer = "opa";

    private readonly Option<string[]> policy = new("--policy", "-p")
    {
        Description = "A .rego file, a folder, or a bundle (.tar.gz); may be given again. Default: the policies that come with tds.",
        HelpName = "PATH",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> data = new("--data", "-d")
    {
        Description = "A JSON file with base documents under data; may be given again.",
        HelpName = "FILE",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> input = new("--input", "-i") { Description = "A JSON file with the document input.", HelpName = "FILE" };
    private readonly Option<string> engine = new("--engine") { Description = "Who evaluates.", DefaultValueFactory = _ => Embedded };
    private readonly Option<string?> url = new("--opa-url") { Description = "With --engine opa: address of the server; it evaluates with the policies that it holds.", HelpName = "URL" };
    private readonly Option<string?> token = new("--token-file") { Description = "With --engine opa: file with the bearer token of the server.", HelpName = "FILE" };

    public PolicyOptions() => engine.AcceptOnlyFromAmong(Embedded, OpaServer);

    public void AddSources(Command command)
    {
        command.Options.Add(policy);
        command.Options.Add(data);
        command.Options.Add(input);
    }

    public void AddEngine(Command command)
    {
        command.Options.Add(engine);
        command.Options.Add(url);
        command.Options.Add(token);
    }

    public PolicySource Source(ParseResult parsed) => PolicySource.Read(parsed.GetValue(policy) ?? [], parsed.GetValue(data) ?? []);

    /// <summary>The text of the input, checked to be JSON; null when none was named.</summary>
    public byte[]? Input(ParseResult parsed)
    {
        if (parsed.GetValue(input) is not { } file)
        {
            return null;
        }

        var text = File.ReadAllBytes(file);
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1000 });
            return text;
        }
        catch (JsonException failure)
        {
            throw new CannotStartException($"{file}: is not JSON: {failure.Message}", failure);
        }
    }

    public RegoValue? InputValue(ParseResult parsed) => Input(parsed) is { } text ? Value(text) : null;

    public static RegoValue Value(byte[] text)
    {
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1000 });
        return RegoValue.FromJson(document.RootElement);
    }

    /// <summary>The server to ask; null when the embedded engine evaluates.</summary>
    public OpaServerQueries? Server(ParseResult parsed)
    {
        if (parsed.GetValue(engine) == Embedded)
        {
            return parsed.GetValue(url) is null ? null : throw new CannotStartException("--opa-url is of use with --engine opa only.");
        }

        // The policies are the server's own: a file named here would look as if it had been evaluated.
        if (parsed.GetValue(policy) is { Length: > 0 } || parsed.GetValue(data) is { Length: > 0 })
        {
            throw new CannotStartException("With --engine opa the server evaluates what it holds: leave --policy and --data out.");
        }

        var options = new OpaOptions { Url = parsed.GetValue(url) ?? "", TokenFile = parsed.GetValue(token), Timeout = TimeSpan.FromSeconds(10) };
        return options.Problems("--opa-url").FirstOrDefault() is { } problem ? throw new CannotStartException(problem) : new OpaServerQueries(options);
    }
}
