using System.Text;
using Dapper;
using TrustedDataSpace.Authority.Standing;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>The keys of members through their rotations: the registered one, and those before it, which count for a while.</summary>
internal sealed class MemberKeys(Database database, EvidenceTrail evidence, AuthoritySettings settings, TimeProvider clock)
{
    /// <summary>Replaced keys that count at a time. One who must replace more of them in a day has another trouble.</summary>
    private const int MostAtATime = 5;

    private const string Former = "SELECT jwk AS Jwk, accepted_until AS AcceptedUntil FROM former_keys WHERE space_id = @Space AND participant = @id";

    /// <summary>The keys with which the member may have signed what comes in now.</summary>
    public IReadOnlyCollection<PublicKey> Accepted(ParticipantRow member)
    {
        var now = clock.GetUtcNow();
        return [member.Key, .. FormerOf(member.Id).Where(former => former.AcceptedUntil > now).Select(former => PublicKey.FromJwk(former.Key))];
    }

    /// <summary>All keys that the member used before.</summary>
    public IReadOnlyList<FormerKey> FormerOf(string id) => database.Read(connection =>
        connection.Query<FormerRow>(Former, new { Space = settings.Space.Id, id }).Select(row => row.ToKey()).ToList());

    /// <summary>
    /// Registers the member's next key. From here on its signatures count, and those of the present one for a while longer, in
    /// which the member begins to use it.
    /// </summary>
    /// <exception cref="RefusalException">Unauthenticated: not signed by the registered key; Conflict: a key used before; QuotaExhausted.</exception>
    public async Task<Participant> ReplaceAsync(string id, string jws)
    {
        var row = await database.WriteAsync(unit =>
        {
            var member = ParticipantStore.Find(unit, id) ?? throw ParticipantService.Unknown(id);
            var former = unit.Query<FormerRow>(Former, new { unit.Space, id }).ConvertAll(found => found.ToKey());
            var counting = former.FindAll(key => key.AcceptedUntil > unit.Now);

            // Sent again after a lost answer, it may be signed by the key that it has replaced; that changes nothing.
            var next = SignedKeyUpdate.Verify(jws, id, [member.Key, .. counting.Select(key => PublicKey.FromJwk(key.Key))]);
            if (next.Thumbprint == member.Key.Thumbprint)
            {
                return member;
            }

            // The registered key alone decides on its successor.
            SignedKeyUpdate.Verify(jws, id, [member.Key]);
            if (former.Exists(key => key.Key.Kid == next.Kid))
            {
                throw new RefusalException(RefusalCode.Conflict, "That key was replaced before.") { Term = "key", Remedy = "Make a new key." };
            }

            if (counting.Count >= MostAtATime)
            {
                throw new RefusalException(RefusalCode.QuotaExhausted, $"{MostAtATime} replaced keys of {id} still count: no more are replaced now.")
                {
                    Term = "key",
                    Remedy = $"Try again after {counting.Min(key => key.AcceptedUntil):u}.",
                };
            }

            Store(unit, member, next);
            return ParticipantStore.Find(unit, id)!;
        });
        return row.ToParticipant(privately: false) with { FormerKeys = FormerOf(id) };
    }

    /// <summary>A key that the member has replaced counts no more. One that does not count any longer is no error: the answer may have been lost.</summary>
    /// <exception cref="RefusalException">NotFound: the member has replaced no such key.</exception>
    public Task RevokeAsync(string id, string kid) => database.WriteAsync(unit =>
    {
        var key = new { unit.Space, id, kid, Now = unit.Now.ToUnixTimeMilliseconds() };
        if (unit.Find<long>("SELECT count(*) FROM former_keys WHERE space_id = @Space AND participant = @id AND kid = @kid", key) == 0)
        {
            throw new RefusalException(RefusalCode.NotFound, $"{id} has replaced no key '{kid}'.");
        }

        if (unit.Execute("UPDATE former_keys SET accepted_until = @Now WHERE space_id = @Space AND participant = @id AND kid = @kid AND accepted_until > @Now", key) > 0)
        {
            StandingChanges.Note(unit, id);
            evidence.Append(unit, EvidenceKinds.ParticipantKeyRevoked, new { id, kid });
        }
    });

    /// <summary>Whether the participant is registered with that key, or was a moment ago.</summary>
    public static bool IsKeyOf(UnitOfWork unit, ParticipantRow participant, PublicKey key) =>
        participant.Key.Thumbprint == key.Thumbprint
        || unit.Query<FormerRow>(Former, new { unit.Space, id = participant.Id }).Exists(row => row.ToKey() is var former && former.Key.Kid == key.Thumbprint && former.AcceptedUntil > unit.Now);

    private void Store(UnitOfWork unit, ParticipantRow member, PublicKey next)
    {
        var until = unit.Now + settings.Keys.Overlap;
        unit.Execute(
            "INSERT INTO former_keys (space_id, participant, kid, jwk, accepted_until) VALUES (@Space, @Id, @Kid, @Jwk, @Until)",
            new { unit.Space, member.Id, member.Key.Kid, member.Jwk, Until = until.ToUnixTimeMilliseconds() });
        ParticipantStore.SetKey(unit, member.Id, next);
        evidence.Append(unit, EvidenceKinds.ParticipantKeyReplaced, new { member.Id, next.Kid, former = member.Key.Kid, acceptedUntil = until });
    }

    private sealed record FormerRow
    {
        public string Jwk { get; init; } = "";

        public long AcceptedUntil { get; init; }

        public FormerKey ToKey() =>
            new(ProtocolJson.Read<Jwk>(Encoding.UTF8.GetBytes(Jwk)), DateTimeOffset.FromUnixTimeMilliseconds(AcceptedUntil));
    }
}
