using System.Text.Json;
using Dapper;
using TrustedDataSpace.Authority.Standing;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>
/// Issues credentials and changes how they stand. Every change is one unit of work with its evidence, and with it the bit in the status list, which
/// is no more than the state of the row. Whether the holder is a member is the caller's to see to.
/// </summary>
internal sealed class CredentialRegister(Database database, EvidenceTrail evidence, Ids ids, AuthoritySettings settings)
{
    /// <summary>Whoever is kept waiting for a new status list looks again when this has changed.</summary>
    public const string StatusChange = "credential-status";

    private const string Prefix = "urn:tds:credential:";

    // -1: not looked at yet.
    private long generation = -1;

    /// <summary>Goes up with each committed change of a status, and never goes back.</summary>
    public long Generation => Volatile.Read(ref generation) is >= 0 and var known ? known : Raise(database.Read(connection => connection.QuerySingle<long>(
        "SELECT coalesce(max(number), 0) FROM credential_changes WHERE space_id = @Space", new { Space = settings.Space.Id })));

    /// <summary>Issues a credential.</summary>
    /// <exception cref="RefusalException">Malformed: the claims are not those of the type, or the end is none.</exception>
    public CredentialRow Issue(UnitOfWork unit, CredentialType type, string holder, JsonElement claims, DateTimeOffset? until = null)
    {
        if (type.Claims.Violation(claims) is { } violation)
        {
            throw new RefusalException(RefusalCode.Malformed, $"These are not the claims of a {type.Name}: {violation}.") { Term = "claims", Remedy = "Look at the schema of the type." };
        }

        var from = unit.Now.ToUnixTimeSeconds();
        var longest = from + (long)LongestOf(type).TotalSeconds;
        var end = until?.ToUnixTimeSeconds() ?? longest;
        if (end <= from || end > longest)
        {
            throw new RefusalException(RefusalCode.Malformed, $"A {type.Name} ends after now and at {DateTimeOffset.FromUnixTimeSeconds(longest):u} at the latest.") { Term = "validUntil" };
        }

        var (list, index) = CredentialStore.FreePlace(unit);
        var row = new CredentialRow
        {
            Id = Prefix + ids.Next(),
            Type = type.Name,
            Holder = holder,
            Claims = CredentialRow.Write(claims),
            ValidFrom = from,
            ValidUntil = end,
            StatusList = list,
            StatusIndex = index,
            State = CredentialStates.Active,
        };
        CredentialStore.Insert(unit, row);
        evidence.Append(unit, EvidenceKinds.CredentialIssued, new { Id = holder, CredentialId = row.Id, type = type.Name, ValidUntil = row.Until });
        return row;
    }

    /// <summary>How long a credential of the type is valid at most.</summary>
    public TimeSpan LongestOf(CredentialType type) => type.Lifetime ?? settings.Membership.CredentialLifetime;

    /// <summary>It ends for good. Revoked before, it stays so.</summary>
    public void Revoke(UnitOfWork unit, CredentialRow row, string? reason) => Change(unit, row, CredentialStates.Revoked, EvidenceKinds.CredentialRevoked, reason);

    /// <summary>It does not hold until it is resumed.</summary>
    /// <exception cref="RefusalException">InvalidTransition: it is revoked.</exception>
    public void Suspend(UnitOfWork unit, CredentialRow row, string? reason) => Change(unit, row, CredentialStates.Suspended, EvidenceKinds.CredentialSuspended, reason);

    /// <summary>It holds again.</summary>
    /// <exception cref="RefusalException">InvalidTransition: it is revoked.</exception>
    public void Resume(UnitOfWork unit, CredentialRow row, string? reason) => Change(unit, row, CredentialStates.Active, EvidenceKinds.CredentialResumed, reason);

    private void Change(UnitOfWork unit, CredentialRow row, string state, string kind, string? reason)
    {
        if (row.State == state)
        {
            return;
        }

        if (row.State == CredentialStates.Revoked)
        {
            throw new RefusalException(RefusalCode.InvalidTransition, $"{row.Id} is revoked, and stays so.") { Term = "state", Remedy = "Issue another credential." };
        }

        CredentialStore.SetState(unit, row.Id, state, reason);
        evidence.Append(unit, kind, new { Id = row.Holder, CredentialId = row.Id, row.Type, Before = row.State, Reason = reason });

        var number = unit.Find<long>(
            """
            INSERT INTO credential_changes (space_id, number) VALUES (@Space, 1)
            ON CONFLICT (space_id) DO UPDATE SET number = number + 1 RETURNING number
            """,
            new { unit.Space });

        // Before anybody who waits is woken: they must find the list that is out of date.
        unit.OnCommitted(() => Raise(number));
        unit.Changed(StatusChange);
        unit.Changed(StandingChanges.Key);
    }

    private long Raise(long number)
    {
        while (Volatile.Read(ref generation) is var known && known < number)
        {
            Interlocked.CompareExchange(ref generation, number, known);
        }

        return Volatile.Read(ref generation);
    }
}
