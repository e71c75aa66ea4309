using System.CommandLine;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Opa;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary><c>tds policy diff --opa URL [FOLDER]</c>: the same questions to the embedded engine and to a running OPA server; every difference is shown.</summary>
internal static class PolicyDiffCommand
{
    public static Command Create()
    {
        var folder = new Argument<string?>("FOLDER") { Description = "Folder with the policies that the server runs. Default: those that come with tds.", Arity = ArgumentArity.ZeroOrOne };
        var opa = new Option<string>("--opa") { Description = "Address of the OPA server: https, http on loopback, or unix:///PATH.", HelpName = "URL", Required = true };
        var token = new Option<string?>("--token-file") { Description = "File with the bearer token of the server.", HelpName = "FILE" };
        var questions = new Option<string?>("--questions") { Description = "File with one {\"name\", \"input\"} a line. Default: the questions that come with tds.", HelpName = "FILE" };
        var command = new Command("diff", "Ask the embedded engine and a running OPA server the same questions and show where their decisions differ.") { folder, opa, token, questions };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(folder) ?? Samples.Policies,
            new OpaOptions { Url = parsed.GetValue(opa)!, TokenFile = parsed.GetValue(token), Timeout = TimeSpan.FromSeconds(10) },
            parsed.GetValue(questions) ?? Path.Combine(Samples.Folder("questions"), "questions.jsonl"),
            parsed.InvocationConfiguration.Output,
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string folder, OpaOptions options, string questions, TextWriter output, CancellationToken cancellation)
    {
        if (options.Problems("--opa").FirstOrDefault() is { } problem)
        {
            throw new CannotStartException(problem);
        }

        var embedded = Prepare(folder);
        using var opa = new OpaClient(options);
        var (asked, different) = (0, 0);
        string? version = null;
        foreach (var line in await File.ReadAllLinesAsync(questions, cancellation))
        {
            var (name, input) = Read(line, questions, ++asked);
            var ours = Ask(embedded, input);
            var theirs = await AskAsync(opa, input, cancellation);
            version ??= theirs.Version;
            if (theirs.Error is not null || ours.Error is not null || !DecisionComparison.AreEqual(ours.Decision, theirs.Decision))
            {
                different++;
                await output.WriteLineAsync($"{name}\n  embedded: {ours}\n  opa:      {theirs}");
            }
        }

        await output.WriteLineAsync($"{asked} questions to the embedded engine and OPA {version ?? "(no answer)"}: {asked - different} decided alike, {different} differ");

        // Nothing compared is no success: the file is probably the wrong one.
        return different == 0 && asked > 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static PreparedQuery Prepare(string folder)
    {
        try
        {
            var bundle = PolicyBundle.FromFolder(folder);
            return RegoCompiler.Compile([.. bundle.Modules.Select(file => new RegoSource(file.Path, file.Text))], bundle.Data).Prepare("data.tds.decision");
        }
        catch (Exception failure) when (failure is PolicyBundleException or RegoCompileException)
        {
            throw new CannotStartException(failure.Message, failure);
        }
    }

    private static (string Name, JsonElement Input) Read(string line, string file, int number)
    {
        try
        {
            var question = JsonElement.Parse(line);
            return (question.GetProperty("name").GetString()!, question.GetProperty("input"));
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CannotStartException($"{file}:{number}: is not a question: {{\"name\": …, \"input\": …}}", failure);
        }
    }

    private static Answer Ask(PreparedQuery query, JsonElement input)
    {
        try
        {
            return new Answer(query.Evaluate(RegoValue.FromJson(input)), null, null);
        }
        catch (RegoEvaluationException failure)
        {
            return new Answer(null, failure.Message, null);
        }
    }

    private static async Task<Answer> AskAsync(OpaClient opa, JsonElement input, CancellationToken cancellation)
    {
        try
        {
            var answer = await opa.AskAsync(Encoding.UTF8.GetBytes(input.GetRawText()), cancellation);
            return new Answer(answer.Decision, null, answer.Version);
        }
        catch (OpaUnreachableException failure)
        {
            throw new CannotStartException($"Nothing can be compared: {InOurWords(failure)}.", failure);
        }
        catch (OpaException failure)
        {
            return new Answer(null, InOurWords(failure), null);
        }
    }

    // The client names the setting of a connector; here the server is named by an option.
    private static string InOurWords(Exception failure) => failure.Message.Replace("Policies:Opa:Url", "--opa", StringComparison.Ordinal);

    private sealed record Answer(RegoValue? Decision, string? Error, string? Version)
    {
        public override string ToString() => Error ?? Decision?.ToJsonString() ?? "undefined";
    }
}
