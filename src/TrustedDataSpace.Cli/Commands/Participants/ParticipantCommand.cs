using System.CommandLine;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands.Participants;

/// <summary><c>tds participant …</c>: what the operator of a space does with its members.</summary>
internal static class ParticipantCommand
{
    public static Command Create() => new("participant", "Members of a space and who wants to be one (operator).")
    {
        List(), Show(),
        Step("admit", "Make an applicant a member, or take one back who is suspended or has left.", (call, id, reason) => call.Operator.AdmitAsync(id, call.Cancellation, reason)),
        Step("suspend", "Suspend a member, or turn an applicant away: its tokens end at once.", (call, id, reason) => call.Operator.SuspendAsync(id, call.Cancellation, reason)),
        Step("leave", "A member leaves the space: its tokens end at once.", (call, id, reason) => call.Operator.LeaveAsync(id, reason, call.Cancellation)),
        InviteCommands.Invite(), InviteCommands.List(), InviteCommands.Revoke(),
    };

    private static Command List() => Verb.ForOperator("list", "Show members and applicants.", [], async call =>
    {
        var participants = await call.Operator.ParticipantsAsync(call.Cancellation);
        await call.ShowAsync(participants, participants.Select(Line));
        return ExitCode.Ok;
    });

    private static Command Show()
    {
        var id = Id();
        return Verb.ForOperator("show", "Show one, with who stands behind it.", [id], async call =>
        {
            var found = await call.Operator.FindParticipantAsync(call.Get(id), call.Cancellation)
                ?? throw new CannotStartException($"There is no participant {call.Get(id)} here.");
            await call.ShowAsync(found, [Line(found), .. found.Organisation is { } organisation ? Lines(organisation) : []]);
            return ExitCode.Ok;
        });
    }

    private static Command Step(string name, string description, Func<Call, string, string?, Task<Participant>> take)
    {
        var id = Id();
        var reason = new Option<string?>("--reason") { Description = "Why; it goes into the evidence as it is written." };
        return Verb.ForOperator(name, description, [id, reason], async call =>
        {
            var taken = await take(call, call.Get(id), call.Get(reason));
            await call.ShowAsync(taken, [Line(taken)]);
            return ExitCode.Ok;
        });
    }

    private static IEnumerable<string> Lines(Organisation organisation)
    {
        var responsible = organisation.Responsible;
        yield return $"  {organisation.LegalName}  credit code: {organisation.CreditCode ?? "none"}  connector code: {organisation.ConnectorCode ?? "none"}";
        yield return $"  contact: {string.Join(", ", new[] { organisation.Contact.Email, organisation.Contact.Phone }.OfType<string>())}";
        yield return $"  responsible: {responsible.Name}, authorised by {responsible.Authorisation}{(responsible.AuthorisedUntil is { } until ? $" until {until:yyyy-MM-dd}" : "")}";
    }

    private static Argument<string> Id() => new("DID") { Description = "The participant, for example did:web:factory.example." };

    private static string Line(Participant participant) =>
        $"{participant.Id}  {participant.State}  {participant.Name}  region: {participant.Region}  roles: {(participant.Roles.Count == 0 ? "none" : string.Join(", ", participant.Roles))}  {participant.Endpoint}";
}
