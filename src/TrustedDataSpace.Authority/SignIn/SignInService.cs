using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>Checks who signs in, and gives the code for it. Every try is counted before the password is looked at, so that tries side by side are no more.</summary>
internal sealed class SignInService(Database database, Passwords passwords, EvidenceTrail evidence, Ids ids)
{
    /// <summary>Wrong passwords in a row that lock an account: for a minute, then twice as long with each further one.</summary>
    public const int FailuresThatLock = 5;

    /// <summary>The longest lock.</summary>
    public static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan KeptLongerThanCodes = TimeSpan.FromHours(1);

    /// <summary>Checks name and password; a one-time secret only together with the password that takes its place.</summary>
    public async Task<SignInOutcome> CheckAsync(string name, string password, string? chosen, string? repeated)
    {
        // 1: count the try. A wrong password, an unknown name and a locked account are all answered alike.
        var account = await database.WriteAsync(unit => Count(unit, name));
        if (!passwords.Matches(account, password) || account is null)
        {
            await FailAsync(account);
            return SignInOutcome.Wrong;
        }

        // 2: the secret of the first time buys a password, not more.
        if (account.OneTimeUntil is not null)
        {
            if (chosen is null)
            {
                return SignInOutcome.MustChoose;
            }

            if (Passwords.Problem(name, chosen, repeated ?? "", password) is { } problem)
            {
                return SignInOutcome.MustChoose with { Problem = problem };
            }
        }

        var hash = account.OneTimeUntil is null ? null : passwords.Hash(chosen!);

        // 3: somebody else may have changed the account since.
        return await database.WriteAsync(unit =>
        {
            if (AccountStore.Find(unit, account.Id) is not { Disabled: false } now || now.Password != account.Password)
            {
                return SignInOutcome.Wrong;
            }

            AccountStore.SetAttempts(unit, now.Id, 0, null);
            if (hash is not null)
            {
                AccountStore.SetPassword(unit, now.Id, hash, oneTimeUntil: null);
                evidence.Append(unit, EvidenceKinds.AccountPasswordChosen, new { account = now.Id });
            }

            return new SignInOutcome(now);
        });
    }

    /// <summary>A code for the account, which the client exchanges within a minute. Returns it: only its hash is kept.</summary>
    public async Task<string> GiveCodeAsync(AuthorizationRequest request, AccountRow account)
    {
        var code = SecretHashes.Create("tds_code_");
        await database.WriteAsync(unit =>
        {
            SignInStore.Sweep(unit, KeptLongerThanCodes, KeptLongerThanCodes);
            SignInStore.InsertCode(unit, new CodeRow
            {
                Hash = SecretHashes.Hash(code),
                SignIn = ids.Next(),
                Client = request.Client.Id,
                Account = account.Id,
                RedirectUri = request.RedirectUri,
                Challenge = request.Challenge,
                Scope = request.Scope,
                Nonce = request.Nonce,
                Jkt = request.Jkt,
            });
        });
        return code;
    }

    /// <summary>The account if it may be tried now.</summary>
    private static AccountRow? Count(UnitOfWork unit, string name)
    {
        if (AccountStore.FindByName(unit, name) is not { Disabled: false } account
            || account.IsLocked(unit.Now)
            || account.OneTimeUntil < unit.Now.ToUnixTimeMilliseconds())
        {
            return null;
        }

        var failures = account.Failures + 1;
        AccountStore.SetAttempts(unit, account.Id, failures, failures < FailuresThatLock ? null : (unit.Now + LockAfter(failures)).ToUnixTimeMilliseconds());
        return account with { Failures = failures };
    }

    private async Task FailAsync(AccountRow? account)
    {
        if (account is { Failures: >= FailuresThatLock })
        {
            await database.WriteAsync(unit =>
            {
                evidence.Append(unit, EvidenceKinds.AccountLocked, new { account = account.Id, account.Failures, seconds = (long)LockAfter(account.Failures).TotalSeconds });
            });
        }
    }

    private static TimeSpan LockAfter(long failures)
    {
        var minutes = 1L << (int)Math.Min(failures - FailuresThatLock, 10);
        return TimeSpan.FromMinutes(Math.Min(minutes, LongestLock.TotalMinutes));
    }
}

/// <summary>How a try to sign in ended.</summary>
/// <param name="Account">Who has signed in; null: nobody.</param>
internal sealed record SignInOutcome(AccountRow? Account)
{
    public static readonly SignInOutcome Wrong = new(Account: null);

    /// <summary>Name and one-time secret are right: a password is to be chosen.</summary>
    public static readonly SignInOutcome MustChoose = new(Account: null) { ChoosesPassword = true };

    public bool ChoosesPassword { get; init; }

    /// <summary>Why the chosen password will not do.</summary>
    public string? Problem { get; init; }
}
