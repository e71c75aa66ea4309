using System.CommandLine;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands.Participants;

/// <summary><c>tds participant …</c>: what the operator of a space does with its members.</summary>
internal static class ParticipantCommand
{
    public static Command Create() => new("participant", "Members of a space and who wants to be one (operator).")
    {
        List(), Admit(), Suspend(), InviteCommands.Invite(), InviteCommands.List(), InviteCommands.Revoke(),
    };

    private static Command List() => Verb.ForOperator("list", "Show members and applicants.", [], async call =>
    {
        var participants = await call.Operator.ParticipantsAsync(call.Cancellation);
        await call.ShowAsync(participants, participants.Select(Line));
        return ExitCode.Ok;
    });

    private static Command Admit()
    {
        var id = Id();
        return Verb.ForOperator("admit", "Make an applicant a member, or take a suspended one back.", [id], async call =>
        {
            var admitted = await call.Operator.AdmitAsync(call.Get(id), call.Cancellation);
            await call.ShowAsync(admitted, [Line(admitted)]);
            return ExitCode.Ok;
        });
    }

    private static Command Suspend()
    {
        var id = Id();
        return Verb.ForOperator("suspend", "Suspend a member, or turn an applicant away: its tokens end at once.", [id], async call =>
        {
            var suspended = await call.Operator.SuspendAsync(call.Get(id), call.Cancellation);
            await call.ShowAsync(suspended, [Line(suspended)]);
            return ExitCode.Ok;
        });
    }

    private static Argument<string> Id() => new("DID") { Description = "The participant, for example did:web:factory.example." };

    private static string Line(Participant participant) =>
        $"{participant.Id}  {participant.State}  {participant.Name}  region: {participant.Region}  roles: {(participant.Roles.Count == 0 ? "none" : string.Join(", ", participant.Roles))}  {participant.Endpoint}";
}
