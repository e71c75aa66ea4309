using System.Buffers;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary>
/// <c>tds policy bench</c>: what one decision costs. Each time the input is parsed from JSON bytes and the result is written to JSON bytes,
/// as for a caller that has and wants JSON; nothing is kept from one decision to the next.
/// </summary>
internal static class PolicyBenchCommand
{
    private const int Rounds = 7;

    public static Command Create()
    {
        var query = new Option<string>("--query", "-q") { Description = "The document to decide.", HelpName = "DOCUMENT", DefaultValueFactory = _ => "data.tds.decision" };
        var seconds = new Option<double>("--seconds") { Description = "How long to measure, after as long for warming up.", DefaultValueFactory = _ => 3 };
        var options = new PolicyOptions();
        var command = new Command("bench", "Measure a decision: JSON in, JSON out. The last line reads: N us/decision, N B/decision.") { query, seconds };
        options.AddSources(command);
        options.AddEngine(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var input = options.Input(parsed) ?? throw new CannotStartException("--input is missing: a decision without input measures nothing of use.");
            var limit = parsed.GetValue(seconds) is > 0 and <= 600 and var given ? TimeSpan.FromSeconds(given) : throw new CannotStartException("--seconds must lie between 0 and 600.");
            var output = parsed.InvocationConfiguration.Output;
            using var server = options.Server(parsed);
            if (server is not null)
            {
                await ShowAsync(output, await MeasureAsync(server, parsed.GetValue(query)!, input, limit, cancellation));
                return ExitCode.Ok;
            }

            try
            {
                var prepared = options.Source(parsed).Compile().Prepare(parsed.GetValue(query)!);
                await output.WriteLineAsync($"result {prepared.Evaluate(PolicyOptions.Value(input), EvaluationOptions.Default, cancellation)?.ToJsonString() ?? "undefined"}");
                await ShowAsync(output, Measure(prepared, input, limit, cancellation));
                return ExitCode.Ok;
            }
            catch (Exception failure) when (failure is RegoCompileException or RegoEvaluationException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(failure.Message);
                return ExitCode.Failed;
            }
        });
        return command;
    }

    private static Measured Measure(PreparedQuery query, byte[] input, TimeSpan limit, CancellationToken cancellation)
    {
        var result = new ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(result);
        void Decide()
        {
            using var document = JsonDocument.Parse(input);
            var value = query.Evaluate(RegoValue.FromJson(document.RootElement), EvaluationOptions.Default, cancellation);
            result.ResetWrittenCount();
            writer.Reset(result);
            value?.ToJson(writer);
            writer.Flush();
        }

        Repeat(Decide, limit);
        var rounds = Enumerable.Range(0, Rounds).Select(_ => Repeat(Decide, limit / Rounds)).OrderBy(round => round.Microseconds).ToList();
        return rounds[Rounds / 2] with { Decisions = rounds.Sum(round => round.Decisions) };
    }

    private static Measured Repeat(Action decide, TimeSpan limit)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        var count = 0L;
        do
        {
            decide();
            count++;
        }
        while (Stopwatch.GetElapsedTime(started) < limit);

        var elapsed = Stopwatch.GetElapsedTime(started);
        return new(elapsed.TotalMicroseconds / count, (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / count, count);
    }

    private static async Task<Measured> MeasureAsync(OpaServerQueries server, string document, byte[] input, TimeSpan limit, CancellationToken cancellation)
    {
        await server.DocumentAsync(document, input, cancellation);
        var started = Stopwatch.GetTimestamp();
        var count = 0L;
        do
        {
            await server.DocumentAsync(document, input, cancellation);
            count++;
        }
        while (Stopwatch.GetElapsedTime(started) < limit);

        return new(Stopwatch.GetElapsedTime(started).TotalMicroseconds / count, null, count);
    }

    private static async Task ShowAsync(TextWriter output, Measured measured)
    {
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{measured.Decisions} decisions{(measured.Bytes is null ? " over HTTP, one after the other; what the server allocates is not known" : $", median of {Rounds} rounds")}"));
        var bytes = measured.Bytes is { } known ? Math.Round(known).ToString(CultureInfo.InvariantCulture) : "?";
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{measured.Microseconds:F2} us/decision, {bytes} B/decision"));
    }

    private sealed record Measured(double Microseconds, double? Bytes, long Decisions);
}
