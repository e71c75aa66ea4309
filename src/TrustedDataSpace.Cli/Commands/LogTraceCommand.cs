using System.CommandLine;
using System.Globalization;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log trace ID</c>: what the log says of one agreement, negotiation or transfer, and of what belongs to it.</summary>
internal static class LogTraceCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("ID") { Description = "Agreement, negotiation or transfer." };
        return Verb.ForOperator("trace", "Tell the story of one agreement from the evidence log, in the order of the log. Reads the whole log.", [id], async call =>
        {
            var story = await StoryAsync(call, call.Get(id));
            await call.ShowAsync(
                story.Select(step => new { step.Index, step.Entry }),
                story.Count == 0 ? [$"The log says nothing of {call.Get(id)}."] : story.Select(Line));
            return story.Count == 0 ? ExitCode.Failed : ExitCode.Ok;
        });
    }

    // The agreement is not known when its negotiation begins: what names both joins them, so the log is read three times.
    private static async Task<List<(long Index, EvidenceEntry Entry)>> StoryAsync(Call call, string id)
    {
        var agreements = new HashSet<string>(StringComparer.Ordinal) { id };
        await foreach (var entry in call.Operator.EntriesAsync(call.Cancellation))
        {
            if (entry.Process == id && entry.Agreement is { } agreement)
            {
                agreements.Add(agreement);
            }
        }

        var (processes, index) = (new HashSet<string>(StringComparer.Ordinal) { id }, 0L);
        var entries = new List<(long, EvidenceEntry)>();
        await foreach (var entry in call.Operator.EntriesAsync(call.Cancellation))
        {
            if (entry.Agreement is { } agreement && agreements.Contains(agreement) && entry.Process is { } process)
            {
                processes.Add(process);
            }
        }

        await foreach (var entry in call.Operator.EntriesAsync(call.Cancellation))
        {
            if ((entry.Agreement is { } agreement && agreements.Contains(agreement)) || (entry.Process is { } process && processes.Contains(process)))
            {
                entries.Add((index, entry));
            }

            index++;
        }

        return entries;
    }

    private static string Line((long Index, EvidenceEntry Entry) step) => string.Create(
        CultureInfo.InvariantCulture, $"{step.Entry.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}Z  {step.Index,8}  {step.Entry.Kind,-24}  {step.Entry.Source}  {step.Entry.Process ?? step.Entry.Agreement}");
}
