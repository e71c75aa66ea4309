using System.CommandLine;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds log trace ID</c>: what the log says of one agreement, negotiation or transfer, and of what belongs to it.</summary>
internal static class LogTraceCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("ID") { Description = "Agreement, negotiation or transfer." };
        return Verb.ForOperator("trace", "Tell the story of one agreement from the evidence log, in the order of the log.", [id], async call =>
        {
            var story = new List<AuditedEntry>();
            await foreach (var step in call.Operator.AuditAsync<AuditedEntry>(AuthorityRoutes.ForCourse(call.Get(id)) + "?", call.Cancellation))
            {
                story.Add(step);
            }

            await call.ShowAsync(story, story.Select(AuditCommand.Line));
            return ExitCode.Ok;
        });
    }
}
