using System.CommandLine;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands;

/// <summary><c>tds account …</c>: the people who sign in at the authority.</summary>
internal static class AccountCommand
{
    public static Command Create() => new("account", "People who sign in at the authority (operator).") { Add(), List(), Reset(), Disable() };

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "What the person types to sign in." };
        var roles = new Option<string[]>("--role") { Description = "operator or auditor; for a member's people provider and consumer, too. May be repeated.", Required = true };
        var member = new Option<string?>("--member") { Description = "DID of the member whose connector the person manages. Default: the space itself.", HelpName = "DID" };
        return Verb.ForOperator("add", "Make an account. Its one-time secret is shown this once.", [name, roles, member], async call =>
        {
            var made = await call.Client.PostAsync<AccountSecret>(
                OAuthRoutes.Accounts, new AccountDefinition { Name = call.Get(name), Roles = call.Get(roles) ?? [], Participant = call.Get(member) }, call.Cancellation);
            return await ShowAsync(call, made);
        });
    }

    private static Command List() => Verb.ForOperator("list", "Show accounts.", [], async call =>
    {
        var accounts = await call.Client.AllAsync<AccountView>(OAuthRoutes.Accounts + "?", call.Cancellation);
        await call.ShowAsync(accounts, accounts.Select(account => $"{account.Id}  {account.State}  {account.Name}  {string.Join(", ", account.Roles)}  {account.Participant}".TrimEnd()));
        return ExitCode.Ok;
    });

    private static Command Reset()
    {
        var id = new Argument<string>("ID") { Description = "Id of the account, as 'tds account list' shows it." };
        return Verb.ForOperator("reset", "Put a one-time secret in place of the password; all that was signed in with it ends.", [id], async call =>
            await ShowAsync(call, await call.Client.PostAsync<AccountSecret>(OAuthRoutes.For(OAuthRoutes.AccountSecret, call.Get(id)), null, call.Cancellation)));
    }

    private static Command Disable()
    {
        var id = new Argument<string>("ID") { Description = "Id of the account, as 'tds account list' shows it." };
        return Verb.ForOperator("disable", "Shut a person out, at once.", [id], async call =>
        {
            await call.Client.SendAsync(HttpMethod.Delete, OAuthRoutes.For(OAuthRoutes.Account, call.Get(id)), null, call.Cancellation);
            await call.ShowAsync(new { Disabled = call.Get(id) }, [$"disabled {call.Get(id)}"]);
            return ExitCode.Ok;
        });
    }

    private static async Task<int> ShowAsync(Call call, AccountSecret made)
    {
        await call.ShowAsync(made,
        [
            $"id       {made.Account.Id}",
            $"secret   {made.Secret}",
            $"until    {made.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}",
            $"sign in  tds login {call.Service.Url}",
        ]);
        return ExitCode.Ok;
    }
}
