using System.CommandLine;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands.Contracts;

/// <summary><c>tds agreement list|show|end|destroyed</c>.</summary>
internal static class AgreementCommand
{
    public static Command Create() => new("agreement", "Contracts of a participant, in both roles.") { List(), Show(), End(), Destroyed() };

    private static Command List() => Verb.ForConnector("list", "Show all agreements.", [], async call =>
    {
        var agreements = await call.Connector.AgreementsAsync(call.Cancellation);
        await call.ShowAsync(agreements, agreements.Select(Line));
        return ExitCode.Ok;
    });

    private static Command Show()
    {
        var id = Id();
        return Verb.ForConnector("show", "Show an agreement, and for each term what is really done about it.", [id], async call =>
        {
            var agreement = await call.Connector.AgreementAsync(call.Get(id), call.Cancellation);
            await call.ShowAsync(agreement,
            [
                Line(agreement),
                $"hash   {agreement.Hash}",
                .. agreement.Coverage.Select(term => $"term   {term.Text}  ({term.Word})"),
            ]);
            return ExitCode.Ok;
        });
    }

    private static Command End()
    {
        var id = Id();
        var reason = new Option<string>("--reason") { Description = "Why; the other party is told.", Required = true };
        return Verb.ForConnector("end", "End an agreement before its time: its transfers are terminated, nothing more passes under it. There is no way back.", [id, reason], async call =>
        {
            var ended = await call.Connector.EndAgreementAsync(call.Get(id), call.Get(reason)!, call.Cancellation);
            await call.ShowAsync(ended, [Line(ended)]);
            return ExitCode.Ok;
        });
    }

    private static Command Destroyed()
    {
        var id = Id();
        var statement = new Option<string>("--statement") { Description = "What was destroyed, and how: it stands in the evidence log, so without personal data.", Required = true };
        return Verb.ForConnector("destroyed", "As consumer: say, as evidence, that the data got under an agreement is destroyed. It is your word; auditors see who has not given it (tds audit agreements --undestroyed).", [id, statement], async call =>
        {
            var agreement = await call.Connector.ReportDestructionAsync(call.Get(id), call.Get(statement)!, call.Cancellation);
            await call.ShowAsync(agreement, [Line(agreement) + "  reported as destroyed"]);
            return ExitCode.Ok;
        });
    }

    private static Argument<string> Id() => new("AGREEMENT") { Description = "Id of the agreement, as 'tds agreement list' shows it." };

    private static string Line(AgreementView agreement) =>
        $"{agreement.Id}  {agreement.State}  {agreement.DatasetId}  as {agreement.Role}  provider: {agreement.Provider}  consumer: {agreement.Consumer}{(agreement.Filed ? "  filed" : "")}";
}
