using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds audit …</c>: an auditor's questions, answered from the log.</summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "Questions of an auditor, answered from the evidence log.")
    {
        Entries("entries", "Entries of the log.", kind: null),
        Entries("uses", "What was used: the records of both parties, with counts by purpose and outcome.", "usage.recorded"),
        Entries("denials", "What was denied, and why: code and term of each reason.", "decision"),
    };

    /// <summary>A line for people. A denial has its reasons, and the id by which <c>tds log why</c> asks for it.</summary>
    public static string Line(AuditedEntry found) => string.Create(
        CultureInfo.InvariantCulture,
        $"{found.Entry.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}Z  {found.Index,8}  {found.Entry.Kind,-24}  {found.Entry.Source}  {found.Entry.Process ?? found.Entry.Agreement}{Detail(found.Entry)}");

    private static string Detail(EvidenceEntry entry) =>
        entry.Kind == EvidenceKinds.DecisionDenied ? $"  {entry.Id}  {string.Join("; ", DenialReasons.Of(entry.Data))}" : "";

    private static Command Entries(string name, string description, string? kind)
    {
        Option<string?>[] filters =
        [
            Filter("agreement", "Of this agreement."), Filter("process", "Of this negotiation, transfer or flow."), Filter("source", "Said by this participant (DID)."),
            Filter("since", "Not before this time (RFC 3339), by the clock of the source."), Filter("until", "Before this time."),
            .. kind is null ? [Filter("kind", "A kind, or the beginning of kinds, such as transfer.")] : Array.Empty<Option<string?>>(),
        ];
        var (lines, csv) = (new Option<bool>("--lines") { Description = "JSON Lines: one entry with its place on each line." }, new Option<bool>("--csv") { Description = "CSV with a head (RFC 4180)." });
        return Verb.ForOperator(name, description, [.. filters, lines, csv], async call =>
        {
            var query = filters.Select(filter => (filter.Name, Value: call.Get(filter))).Where(filter => filter.Value is not null)
                .Select(filter => $"{filter.Name.TrimStart('-')}={Uri.EscapeDataString(filter.Value!)}").ToList();
            var found = call.Operator.AuditAsync($"{AuthorityRoutes.AuditEntries}?{string.Concat(query.Append(kind is null ? null : "kind=" + kind).Where(part => part is not null).Select(part => part + "&"))}", call.Cancellation);
            if (new[] { call.Get(csv), call.Get(lines), call.Json }.Count(form => form) > 1)
            {
                throw new CannotStartException("--json, --lines and --csv are three forms of the answer: give one of them.");
            }

            await WriteAsync(call, found, call.Get(csv) ? Csv : call.Get(lines) || call.Json ? Json : Line, isArray: call.Json, hasHead: call.Get(csv));
            return ExitCode.Ok;
        });
    }

    // As they come: an answer may be as long as the log.
    private static async Task WriteAsync(Call call, IAsyncEnumerable<AuditedEntry> found, Func<AuditedEntry, string> form, bool isArray, bool hasHead)
    {
        if (hasHead)
        {
            await call.Output.WriteLineAsync("index,time,source,kind,agreement,process,policy,data");
        }

        var count = 0L;
        await foreach (var one in found)
        {
            await call.Output.WriteLineAsync(isArray ? (count == 0 ? "[" : ",") + form(one) : form(one));
            count++;
        }

        if (isArray)
        {
            await call.Output.WriteLineAsync(count == 0 ? "[]" : "]");
        }
        else if (count == 0 && form == Line)
        {
            await call.Output.WriteLineAsync("The log has nothing of that.");
        }
    }

    private static string Json(AuditedEntry found) => JsonSerializer.Serialize(found, ProtocolJson.Options);

    private static Option<string?> Filter(string name, string description) => new("--" + name) { Description = description, HelpName = name.ToUpperInvariant() };

    private static string Csv(AuditedEntry found) => string.Join(',', new[]
    {
        found.Index.ToString(CultureInfo.InvariantCulture), found.Entry.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), found.Entry.Source, found.Entry.Kind,
        found.Entry.Agreement ?? "", found.Entry.Process ?? "", found.Entry.Policy ?? "", found.Entry.Data.GetRawText(),
    }.Select(Quoted));

    // A cell that a spreadsheet would take for a formula is shown as text.
    private static string Quoted(string cell) => $"\"{(cell.Length > 0 && "=+-@\t\r".Contains(cell[0], StringComparison.Ordinal) ? "'" : "")}{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
