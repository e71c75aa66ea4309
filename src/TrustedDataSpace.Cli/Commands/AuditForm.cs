using System.CommandLine;
using System.Text.Json;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>How the answers to one of an auditor's questions are written: in lines for people, as JSON, JSON Lines or CSV. As they come: an answer may be as long as the log.</summary>
/// <param name="Head">Names of the cells.</param>
/// <param name="Line">For people.</param>
/// <param name="Cells">For tables.</param>
/// <param name="Nothing">For people, when there is none.</param>
internal sealed record AuditForm<T>(string Head, Func<T, string> Line, Func<T, IEnumerable<string?>> Cells, string Nothing)
{
    /// <summary>The verb that asks.</summary>
    public Command Verb(string name, string description, IEnumerable<Symbol> options, Func<Call, string> question)
    {
        var (lines, csv) = (new Option<bool>("--lines") { Description = "JSON Lines: one item on each line." }, new Option<bool>("--csv") { Description = "CSV with a head (RFC 4180)." });
        return Commands.Verb.ForOperator(name, description, [.. options, lines, csv], async call =>
        {
            if (new[] { call.Get(csv), call.Get(lines), call.Json }.Count(form => form) > 1)
            {
                throw new CannotStartException("--json, --lines and --csv are three forms of the answer: give one of them.");
            }

            await WriteAsync(call, call.Operator.AuditAsync<T>(question(call), call.Cancellation), call.Get(csv), call.Get(lines));
            return ExitCode.Ok;
        });
    }

    private async Task WriteAsync(Call call, IAsyncEnumerable<T> found, bool csv, bool lines)
    {
        if (csv)
        {
            await call.Output.WriteLineAsync(Head);
        }

        var count = 0L;
        await foreach (var one in found)
        {
            var text = csv ? string.Join(',', Cells(one).Select(cell => Quoted(cell ?? ""))) : lines || call.Json ? JsonSerializer.Serialize(one, ProtocolJson.Options) : Line(one);
            await call.Output.WriteLineAsync(call.Json ? (count == 0 ? "[" : ",") + text : text);
            count++;
        }

        if (call.Json)
        {
            await call.Output.WriteLineAsync(count == 0 ? "[]" : "]");
        }
        else if (count == 0 && !csv && !lines)
        {
            await call.Output.WriteLineAsync(Nothing);
        }
    }

    // A cell that a spreadsheet would take for a formula is shown as text.
    private static string Quoted(string cell) => $"\"{(cell.Length > 0 && "=+-@\t\r".Contains(cell[0], StringComparison.Ordinal) ? "'" : "")}{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
