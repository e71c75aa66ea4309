using System.Security.Claims;
using System.Text.RegularExpressions;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.SignIn;

/// <summary>Who has an account. Evidence names accounts by their id: a name is a personal value.</summary>
internal sealed partial class AccountService(
    Database database, AccountStore store, ParticipantStore participants, Passwords passwords, EvidenceTrail evidence, Ids ids)
{
    /// <summary>Most accounts of a space, disabled ones counted.</summary>
    public const int MostAccounts = 10_000;

    /// <summary>How long a one-time secret can be used.</summary>
    public static readonly TimeSpan OneTimeLifetime = TimeSpan.FromDays(3);

    /// <exception cref="RefusalException">Malformed, Forbidden, Conflict or LimitReached.</exception>
    public async Task<AccountSecret> CreateAsync(AccountDefinition definition, ClaimsPrincipal maker)
    {
        if (!NameForm().IsMatch(definition.Name))
        {
            throw Malformed("name", "The name has 1 to 64 of a-z, 0-9, '.', '_', '@' and '-', and begins with a letter or digit.");
        }

        if (definition.Roles.Count == 0)
        {
            throw Malformed("roles", "Name at least one role.");
        }

        CheckRoles(definition.Roles, definition.Participant, participants, maker);
        var (secret, hash) = NewSecret();
        var row = await database.WriteAsync(unit =>
        {
            if (AccountStore.Count(unit) >= MostAccounts)
            {
                throw new RefusalException(RefusalCode.LimitReached, $"There are {MostAccounts} accounts: no more are kept.");
            }

            var made = new AccountRow
            {
                Id = ids.Next(),
                Name = definition.Name,
                Roles = Joined(definition.Roles),
                Participant = definition.Participant,
                Password = hash,
                OneTimeUntil = (unit.Now + OneTimeLifetime).ToUnixTimeMilliseconds(),
                CreatedAt = unit.Now.ToUnixTimeMilliseconds(),
            };
            if (!AccountStore.Insert(unit, made))
            {
                throw new RefusalException(RefusalCode.Conflict, "There is an account of that name already.") { Where = "$.name" };
            }

            evidence.Append(unit, EvidenceKinds.AccountCreated, new { account = made.Id, roles = made.RoleList, made.Participant });
            return made;
        });
        return Shown(row, secret);
    }

    /// <summary>Puts a new one-time secret in place of the password; all that was signed in with the account ends.</summary>
    public async Task<AccountSecret> ResetAsync(string id, ClaimsPrincipal maker)
    {
        RequireMayGive(store.Find(id) ?? throw Unknown(id), maker);
        var (secret, hash) = NewSecret();
        var row = await database.WriteAsync(unit =>
        {
            AccountStore.SetPassword(unit, id, hash, (unit.Now + OneTimeLifetime).ToUnixTimeMilliseconds());
            evidence.Append(unit, EvidenceKinds.AccountReset, new { account = id });
            SignInStore.RevokeOf(unit, evidence, account: id, client: null, "account_reset");
            return AccountStore.Find(unit, id)!;
        });
        return Shown(row, secret);
    }

    /// <summary>Nobody signs in with it any more; all that was signed in with it ends.</summary>
    public async Task DisableAsync(string id, ClaimsPrincipal maker)
    {
        RequireMayGive(store.Find(id) ?? throw Unknown(id), maker);
        await database.WriteAsync(unit =>
        {
            if (AccountStore.Find(unit, id) is { Disabled: false })
            {
                AccountStore.SetDisabled(unit, id);
                evidence.Append(unit, EvidenceKinds.AccountDisabled, new { account = id });
                SignInStore.RevokeOf(unit, evidence, account: id, client: null, "account_disabled");
            }
        });
    }

    /// <summary>Roles of the space itself, or of one member's connector.</summary>
    /// <exception cref="RefusalException">Malformed or Forbidden.</exception>
    public static void CheckRoles(IReadOnlyList<string> roles, string? participant, ParticipantStore participants, ClaimsPrincipal maker)
    {
        var known = participant is null ? [AccountRoles.Operator, AccountRoles.Auditor] : AccountRoles.All;
        if (roles.FirstOrDefault(role => !known.Contains(role)) is not null)
        {
            throw Malformed("roles", "Here there are the roles " + string.Join(", ", known) + ".");
        }

        if (participant is not null && participants.Find(participant)?.IsActive != true)
        {
            throw Malformed("participant", "The participant is not an active member of the space.");
        }

        if (participant is null)
        {
            ManagementRoles.RequireMayGive(maker, roles);
        }
    }

    public static string Joined(IEnumerable<string> roles) => string.Join(' ', roles.Distinct().Order(StringComparer.Ordinal));

    // Whoever can reset an operator's password can be that operator.
    private static void RequireMayGive(AccountRow row, ClaimsPrincipal maker)
    {
        if (row.Participant is null)
        {
            ManagementRoles.RequireMayGive(maker, row.RoleList);
        }
    }

    private (string Secret, string Hash) NewSecret()
    {
        var secret = SecretHashes.Create("tds_once_");
        return (secret, passwords.Hash(secret));
    }

    private static AccountSecret Shown(AccountRow row, string secret)
    {
        var until = DateTimeOffset.FromUnixTimeMilliseconds(row.OneTimeUntil!.Value);
        return new AccountSecret(row.ToView(until), secret, until);
    }

    public static RefusalException Unknown(string id) => new(RefusalCode.NotFound, $"There is no account {id}.");

    private static RefusalException Malformed(string property, string message) => new(RefusalCode.Malformed, message) { Where = "$." + property };

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._@-]{0,63}\z")]
    private static partial Regex NameForm();
}
