using System.CommandLine;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands.Participants;

/// <summary><c>tds participant invite|invites|revoke-invite</c>.</summary>
internal static class InviteCommands
{
    public static Command Invite()
    {
        var name = new Option<string>("--name") { Description = "Who is invited, as people call it.", Required = true };
        var region = new Option<string?>("--region") { Description = "The region it must apply with, for example 44. Without it the applicant says." };
        var roles = new Option<string[]>("--role") { Description = "A role it gets; may be repeated. Without it the applicant says." };
        var days = new Option<int>("--days") { Description = "How many days the code can be used, 1 to 30.", DefaultValueFactory = _ => 3 };
        var approved = new Option<bool>("--pre-approved") { Description = "It becomes a member by applying. Needs --region; it gets the roles named here and no others." };
        return Verb.ForOperator("invite", "Make a one-time code for a new participant. It is shown this once.", [name, region, roles, days, approved], async call =>
        {
            var made = await call.Operator.InviteAsync(
                new InviteDefinition
                {
                    Name = call.Get(name)!,
                    Region = call.Get(region),
                    Roles = call.Get(roles) is { Length: > 0 } asked ? asked : null,
                    PreApproved = call.Get(approved),
                    Lifetime = TimeSpan.FromDays(call.Get(days)),
                },
                call.Cancellation);
            await call.ShowAsync(made,
            [
                $"id       {made.Invite.Id}",
                $"code     {made.Code}",
                $"expires  {made.Invite.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}",
                $"join by  tds join {call.Service.Url} --invite {made.Code} --id did:web:YOUR.DOMAIN",
            ]);
            return ExitCode.Ok;
        });
    }

    public static Command List() => Verb.ForOperator("invites", "Show invites, without their codes.", [], async call =>
    {
        var invites = await call.Operator.InvitesAsync(call.Cancellation);
        await call.ShowAsync(invites, invites.Select(Line));
        return ExitCode.Ok;
    });

    public static Command Revoke()
    {
        var id = new Argument<string>("ID") { Description = "Id of the invite, as 'tds participant invites' shows it." };
        return Verb.ForOperator("revoke-invite", "Take an invite back before it is used.", [id], async call =>
        {
            await call.Operator.RevokeInviteAsync(call.Get(id), call.Cancellation);
            await call.ShowAsync(new { Revoked = call.Get(id) }, [$"revoked {call.Get(id)}"]);
            return ExitCode.Ok;
        });
    }

    private static string Line(Invite invite) =>
        $"{invite.Id}  {invite.State}  {invite.Name}{(invite.PreApproved ? "  pre-approved" : "")}{(invite.UsedBy is { } did ? $"  used by {did}" : "")}  expires {invite.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}";
}
