using System.Text;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>
/// Codes by which the operator authorises one request for a credential beforehand (DCP §6.4.2, claim <c>pre-authorized_code</c>): 256 bits, shown once and kept
/// as a hash, good for one member once.
/// </summary>
internal sealed class CredentialCodes(Database database, CredentialTypes types, CredentialRegister register, EvidenceTrail evidence)
{
    private const int MostOpen = 10_000;

    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(3);
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(30);

    /// <summary>Makes a code.</summary>
    /// <exception cref="RefusalException">NotFound: no such type; Malformed: not for the operator to say, not the claims of the type, or a lifetime that is none; QuotaExhausted.</exception>
    public Task<CredentialCode> CreateAsync(CredentialCodeOrder order)
    {
        var type = types.Get(order.Type);
        if (type.Source != CredentialSources.Operator)
        {
            throw new RefusalException(RefusalCode.Malformed, $"A {type.Name} needs no code: members ask for it.") { Term = "type" };
        }

        if (type.Claims.Violation(order.Claims) is { } violation)
        {
            throw new RefusalException(RefusalCode.Malformed, $"These are not the claims of a {type.Name}: {violation}.") { Term = "claims", Remedy = "Look at the schema of the type." };
        }

        var lifetime = order.Lifetime ?? DefaultLifetime;
        if (lifetime <= TimeSpan.Zero || lifetime > LongestLifetime)
        {
            throw new RefusalException(RefusalCode.Malformed, $"A code is good for {LongestLifetime.Days} days at most.") { Term = "lifetime" };
        }

        var code = SecretHashes.Create("tds_credential_");
        return database.WriteAsync(unit =>
        {
            unit.Execute("DELETE FROM credential_codes WHERE space_id = @Space AND ends_at <= @Now", new { unit.Space, Now = unit.Now.ToUnixTimeMilliseconds() });
            if (unit.Find<long>("SELECT count(*) FROM credential_codes WHERE space_id = @Space AND used_by IS NULL", new { unit.Space }) >= MostOpen)
            {
                throw new RefusalException(RefusalCode.QuotaExhausted, $"{MostOpen} codes are open: no more are made now.");
            }

            // Else nobody hears of it before the member's request fails.
            var end = unit.Now + lifetime;
            if (order.ValidUntil is { } until && (until <= end || until > unit.Now + register.LongestOf(type)))
            {
                throw new RefusalException(RefusalCode.Malformed, $"A {type.Name} ends after its code does, and {register.LongestOf(type).TotalDays:0} days from now at the latest.") { Term = "validUntil" };
            }

            unit.Execute(
                "INSERT INTO credential_codes (space_id, hash, type, holder, claims, valid_until, ends_at) VALUES (@Space, @Hash, @Type, @Holder, @Claims, @ValidUntil, @EndsAt)",
                new
                {
                    unit.Space,
                    Hash = SecretHashes.Hash(code),
                    Type = type.Name,
                    Holder = order.Holder?.Value,
                    Claims = CredentialRow.Write(order.Claims),
                    ValidUntil = order.ValidUntil?.ToUnixTimeMilliseconds(),
                    EndsAt = end.ToUnixTimeMilliseconds(),
                });
            evidence.Append(unit, EvidenceKinds.CredentialAuthorised, new { type = type.Name, Id = order.Holder?.Value, EndsAt = end });
            return new CredentialCode(code, type.Name, end);
        });
    }

    /// <summary>Uses a code up: the member gets the credential that it stands for.</summary>
    /// <exception cref="RefusalException">Forbidden: there is no such code, it was used, it is over, or it is another's.</exception>
    public CredentialRow Redeem(UnitOfWork unit, ParticipantRow member, string code)
    {
        var hash = SecretHashes.Hash(code);
        var row = unit.Find<CodeRow>(
            "SELECT type AS Type, holder AS Holder, claims AS Claims, valid_until AS ValidUntil, ends_at AS EndsAt, used_by AS UsedBy FROM credential_codes WHERE space_id = @Space AND hash = @hash",
            new { unit.Space, hash });
        if (row is null || row.UsedBy is not null || row.EndsAt <= unit.Now.ToUnixTimeMilliseconds() || (row.Holder is not null && row.Holder != member.Id) || types.Find(row.Type) is not { } type)
        {
            throw new RefusalException(RefusalCode.Forbidden, "The code is not good: unknown, used, over, or another's.")
            {
                Term = Protocol.Dcp.DcpConstants.PreAuthorizedCodeClaim,
                Remedy = "Ask the operator of the space for a new code.",
            };
        }

        unit.Execute("UPDATE credential_codes SET used_by = @Id WHERE space_id = @Space AND hash = @hash", new { unit.Space, hash, member.Id });
        var until = row.ValidUntil is { } end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : (DateTimeOffset?)null;
        return register.Issue(unit, type, member.Id, ProtocolJson.Parse(Encoding.UTF8.GetBytes(row.Claims)), until);
    }

    private sealed record CodeRow
    {
        public string Type { get; init; } = "";

        public string? Holder { get; init; }

        public string Claims { get; init; } = "";

        public long? ValidUntil { get; init; }

        public long EndsAt { get; init; }

        public string? UsedBy { get; init; }
    }
}
