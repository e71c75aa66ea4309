using System.CommandLine;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary><c>tds policy eval QUERY</c>: the solutions of a query.</summary>
internal static class PolicyEvalCommand
{
    public static Command Create()
    {
        var query = new Argument<string>("QUERY") { Description = "A query in Rego, such as data.tds.decision or 'some x in input.xs; x > 3'." };
        var format = new Option<string>("--format", "-f") { Description = "pretty, or json as OPA writes it.", DefaultValueFactory = _ => "pretty" };
        format.AcceptOnlyFromAmong("pretty", "json");
        var strict = new Option<bool>("--strict-builtin-errors") { Description = "An error in a builtin ends the evaluation; by default the call is undefined. A connector decides strictly." };
        var fail = new Option<bool>("--fail") { Description = "Exit code 1 when the query is undefined." };
        var options = new PolicyOptions();
        var command = new Command("eval", "Evaluate a query.") { query, format, strict, fail };
        options.AddSources(command);
        options.AddEngine(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var text = parsed.GetValue(query)!;
            using var server = options.Server(parsed);
            IReadOnlyList<Solution> solutions;
            try
            {
                solutions = server is null
                    ? Evaluate(options.Source(parsed).Compile(), text, options.InputValue(parsed), parsed.GetValue(strict), cancellation)
                    : await server.QueryAsync(text, options.Input(parsed), parsed.GetValue(strict), cancellation);
            }
            catch (Exception failure) when (failure is RegoCompileException or RegoEvaluationException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(failure.Message);
                return ExitCode.Failed;
            }

            await ShowAsync(solutions, text, parsed.GetValue(format) == "json", parsed.InvocationConfiguration.Output);
            return solutions.Count == 0 && parsed.GetValue(fail) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static List<Solution> Evaluate(RegoProgram program, string text, RegoValue? input, bool strict, CancellationToken cancellation)
    {
        var options = new EvaluationOptions { StrictBuiltinErrors = strict };
        var (query, value) = Prepare(program, text);
        return [.. query.Evaluate(input, options, cancellation).Select(solution => Solution.Of(solution, value))];
    }

    // A query that is one expression has a value; one of several conditions has the values of its variables.
    private static (RegoQuery Query, string? Value) Prepare(RegoProgram program, string text)
    {
        if (!text.Contains(';', StringComparison.Ordinal) && !text.Contains('\n', StringComparison.Ordinal))
        {
            try
            {
                return (program.Query($"{Solution.ValueName} = {text}"), Solution.ValueName);
            }
            catch (RegoCompileException)
            {
                // Reported below, at the places of the text as it was written.
            }
        }

        return (program.Query(text), null);
    }

    private static async Task ShowAsync(IReadOnlyList<Solution> solutions, string text, bool json, TextWriter output)
    {
        if (json)
        {
            var result = new JsonArray([.. solutions.Select(solution => solution.ToJson(text))]);
            await output.WriteLineAsync((solutions.Count == 0 ? [] : new JsonObject { ["result"] = result }).ToJsonString(ShownJson.Options));
            return;
        }

        await output.WriteLineAsync(solutions.Count == 0 ? "undefined" : string.Join(Environment.NewLine, solutions.Select(solution => solution.ToText())));
    }
}

/// <summary>One solution of a query.</summary>
/// <param name="Value">The value of the expression; null when the query has several.</param>
/// <param name="Bindings">The values of its variables.</param>
internal sealed record Solution(JsonNode? Value, JsonObject Bindings)
{
    public const string ValueName = "value__";

    private bool HasValue { get; init; }

    public static Solution Of(RegoObject solution, string? value)
    {
        var bindings = JsonNode.Parse(solution.ToJsonString())!.AsObject();
        return value is null ? new(null, bindings) : OfValue(bindings, value);
    }

    public JsonObject ToJson(string text)
    {
        var expression = new JsonObject { ["value"] = HasValue ? Value?.DeepClone() : true, ["text"] = text, ["location"] = new JsonObject { ["row"] = 1, ["col"] = 1 } };
        var result = new JsonObject { ["expressions"] = new JsonArray(expression) };
        if (Bindings.Count > 0)
        {
            result["bindings"] = Bindings.DeepClone();
        }

        return result;
    }

    public string ToText()
    {
        var bindings = Bindings.Select(binding => $"{binding.Key} = {Text(binding.Value)}");
        return string.Join(Environment.NewLine, HasValue ? [Text(Value), .. bindings] : Bindings.Count == 0 ? ["true"] : bindings);
    }

    /// <summary>The value of a document.</summary>
    public static Solution OfValue(JsonNode? value) => new(value, []) { HasValue = true };

    private static Solution OfValue(JsonObject bindings, string name)
    {
        var value = bindings[name]?.DeepClone();
        bindings.Remove(name);
        return new(value, bindings) { HasValue = true };
    }

    private static string Text(JsonNode? value) => value?.ToJsonString(ShownJson.Options) ?? "null";
}
