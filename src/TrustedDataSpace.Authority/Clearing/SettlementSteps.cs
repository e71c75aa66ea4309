using System.Text;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Clearing;

/// <summary>What happens to a settlement once it is issued: both parties sign it, and it is paid.</summary>
internal sealed class SettlementSteps(Database database, SettlementStore store, ParticipantStore participants, MemberKeys keys, EvidenceTrail evidence)
{
    private const int LongestReference = 200;

    /// <summary>The settlement, for its parties and the operator.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public SettlementRow Find(string id, string? member) =>
        store.Find(id) is { } row && (member is null || member == row.Provider || member == row.Consumer) ? row : throw NoSuch(id);

    /// <summary>A party signs. Again, it changes nothing.</summary>
    /// <exception cref="RefusalException">NotFound; Unauthenticated: the signature is not the caller's over this settlement.</exception>
    public async Task<SettlementView> SignAsync(string id, string member, SettlementSignature signature)
    {
        var row = Find(id, member);
        DetachedJws.Verify(signature.Signature, Encoding.UTF8.GetBytes(row.Document), keys.Accepted(participants.Find(member)!), TokenTypes.Settlement);
        return (await database.WriteAsync(unit =>
        {
            var current = SettlementStore.Find(unit, id)!;
            var isProvider = member == current.Provider;
            if ((isProvider ? current.ProviderSignature : current.ConsumerSignature) is null)
            {
                SettlementStore.Sign(unit, id, isProvider, signature.Signature);
                evidence.Append(unit, EvidenceKinds.SettlementSigned, new { id, by = member, hash = current.Read().Hash() }, current.Agreement);
            }

            return SettlementStore.Find(unit, id)!;
        })).ToView();
    }

    /// <summary>It was paid. The same again changes nothing.</summary>
    /// <exception cref="RefusalException">NotFound; Malformed; Conflict: not agreed yet, another amount, or paid otherwise before.</exception>
    public async Task<SettlementView> PayAsync(string id, Payment payment, string by)
    {
        if (payment.Reference.Trim().Length is 0 or > LongestReference || (payment.Settlement is not null && payment.Settlement != id) || payment.Agreement is not null)
        {
            throw new RefusalException(RefusalCode.Malformed, $"A payment names its settlement, and has a reference of 1 to {LongestReference} characters.") { Where = "$.reference" };
        }

        return (await database.WriteAsync(unit =>
        {
            var row = SettlementStore.Find(unit, id) ?? throw NoSuch(id);
            var (due, currency) = (row.Read().Due, row.Read().Statement.Currency);
            if (payment.Amount != due || payment.Currency != currency)
            {
                throw Conflict("amount", $"Due is {due} {currency}, not {payment.Amount} {payment.Currency}.", "Confirm a payment of exactly what is due.");
            }

            var paid = payment with { Settlement = id, Amount = due };
            if (row.ReadPayment() is { } known)
            {
                return known == paid ? row : throw Conflict("payment", $"The settlement was paid before, by {known.Reference}.", "Compare the references.");
            }

            if (row.State != SettlementStates.Agreed)
            {
                throw Conflict("state", "Not both parties have signed the settlement.", "Let both sign it first.");
            }

            SettlementStore.Pay(unit, id, Encoding.UTF8.GetString(ProtocolJson.Write(paid)));
            evidence.Append(unit, EvidenceKinds.SettlementPaid, new { id, by, paid.Reference, amount = due.ToString(System.Globalization.CultureInfo.InvariantCulture), currency }, row.Agreement);
            return SettlementStore.Find(unit, id)!;
        })).ToView();
    }

    private static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no settlement {id} here.");

    private static RefusalException Conflict(string term, string why, string remedy) => new(RefusalCode.Conflict, why) { Term = term, Remedy = remedy };
}
