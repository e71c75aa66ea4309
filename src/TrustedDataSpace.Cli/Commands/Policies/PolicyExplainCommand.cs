using System.CommandLine;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary><c>tds policy explain [PATH]</c>: a decision and why it is this one: which rule, which condition, which values.</summary>
internal static class PolicyExplainCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("DOCUMENT") { Description = "The document to explain.", DefaultValueFactory = _ => "data.tds.decision" };
        var full = new Option<bool>("--full") { Description = "Everything that was tried, not only what decided." };
        var options = new PolicyOptions();
        var command = new Command("explain", "Evaluate a document and show why it has its value.") { path, full };
        options.AddSources(command);
        options.AddEngine(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            using var server = options.Server(parsed);
            if (server is not null)
            {
                await ShowAsync(output, await server.ExplainAsync(parsed.GetValue(path)!, options.Input(parsed), parsed.GetValue(full), cancellation));
                return ExitCode.Ok;
            }

            RegoTrace trace;
            try
            {
                var source = options.Source(parsed);

                // Strictly, as connectors decide.
                trace = TracedProgram.Compile(source.Modules, source.Data)
                    .Explain(parsed.GetValue(path)!, options.InputValue(parsed), new EvaluationOptions { StrictBuiltinErrors = true }, cancellation);
            }
            catch (RegoCompileException failure)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(failure.Message);
                return ExitCode.Failed;
            }

            var value = trace.Value is null ? null : JsonNode.Parse(trace.Value.ToJsonString());
            await ShowAsync(output, new(trace.Value is not null, value, parsed.GetValue(full) ? TraceText.Full(trace) : TraceText.Why(trace)));
            return trace.Error is null ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static async Task ShowAsync(TextWriter output, Explanation explanation)
    {
        await output.WriteLineAsync(explanation.IsDefined ? explanation.Value?.ToJsonString(ShownJson.Options) ?? "null" : "undefined");
        await output.WriteLineAsync();
        foreach (var line in explanation.Lines)
        {
            await output.WriteLineAsync(line);
        }
    }
}

/// <summary>A value and the lines that tell how it came about.</summary>
internal sealed record Explanation(bool IsDefined, JsonNode? Value, IEnumerable<string> Lines);
