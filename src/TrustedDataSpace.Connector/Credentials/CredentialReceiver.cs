using System.Text;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>
/// Takes what an issuer delivers (DCP §6.5): only as the answer to a request of this participant's, only from the issuer that was asked, and only
/// credentials that this issuer signed about this participant. All of a message or nothing; the same message again changes nothing.
/// </summary>
internal sealed class CredentialReceiver(Database database, KeyStore sealing, EvidenceTrail evidence, KeyResolver keys, SelfIssuedSender me, Ids ids)
{
    // Held at once; those that have ended count, until they are dropped.
    private const int MostHeld = 1_000;

    // In one message: of a type that was asked for there may be several.
    private const int MostDelivered = 100;
    private const int LongestReason = 400;

    /// <summary>Takes a message.</summary>
    /// <exception cref="RefusalException">NotFound: no request of this participant to this issuer; Malformed: not what was asked for, or not in order; Conflict: it was issued already.</exception>
    public async Task TakeAsync(Did sender, CredentialMessage message, CancellationToken cancellation)
    {
        var request = message.HolderPid ?? throw Malformed("holderPid", "it is missing, and nothing is taken that nobody has asked for");
        Require(database.Read(connection => CredentialStore.FindRequest(connection, me.Space, request)), sender);
        if (message.Status == CredentialMessage.Rejected)
        {
            await database.WriteAsync(unit => Reject(unit, request, sender, message));
            return;
        }

        if (message.Credentials.Count is 0 or > MostDelivered)
        {
            throw Malformed("credentials", $"there must be 1 to {MostDelivered}");
        }

        // Verified and sealed outside the unit of work, which must wait for nobody.
        var rows = new List<HeldRow>();
        foreach (var (i, container) in message.Credentials.Index())
        {
            rows.Add(Seal(request, await VerifyAsync(sender, container, $"credentials[{i}]", cancellation), container));
        }

        await database.WriteAsync(unit => Store(unit, request, sender, message.IssuerPid, rows));
    }

    private async Task<VerifiableCredential> VerifyAsync(Did sender, CredentialContainer container, string where, CancellationToken cancellation)
    {
        VerifiableCredential credential;
        try
        {
            credential = await CredentialJwt.VerifyAsync(container.Payload, keys, me.Now, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unauthenticated)
        {
            throw Malformed(where, refusal.Message, refusal);
        }

        if (credential.Issuer != sender)
        {
            throw Malformed(where, "it is of another issuer than the one that delivers it");
        }

        if (credential.SubjectId != me.Did.Value)
        {
            throw Malformed(where, "it is about somebody else");
        }

        if (container.Format != credential.Profile.WireName() || !credential.Is(container.CredentialType))
        {
            throw Malformed(where, "format or credentialType are not those of the credential");
        }

        return credential;
    }

    private HeldRow Seal(string request, VerifiableCredential credential, CredentialContainer container)
    {
        var id = ids.Next();
        return new HeldRow
        {
            Id = id,
            RequestId = request,
            Issuer = credential.Issuer.Value,
            CredentialId = credential.Id,
            Types = string.Join(' ', credential.Types.Where(type => type != VerifiableCredential.BaseType).Order(StringComparer.Ordinal)),
            Profile = credential.Profile.WireName(),
            ValidUntil = credential.ValidUntil?.ToUnixTimeMilliseconds(),
            Sealed = sealing.Seal(Encoding.ASCII.GetBytes(container.Payload), HeldRow.Context(id)),
        };
    }

    private void Store(UnitOfWork unit, string request, Did sender, string issuerPid, List<HeldRow> rows)
    {
        Require(CredentialStore.FindRequest(unit, request), sender);
        CredentialStore.Put(unit, [.. rows.Select(row => row with { ReceivedAt = unit.Now.ToUnixTimeMilliseconds() })]);

        if (CredentialStore.CountHeld(unit) > MostHeld)
        {
            throw new RefusalException(RefusalCode.LimitReached, $"This participant holds {MostHeld} credentials, and keeps no more.");
        }

        CredentialStore.SetRequest(unit, request, CredentialRequestStates.Issued, issuerPid, reason: null);
        evidence.Append(unit, EvidenceKinds.CredentialReceived, new { issuer = sender.Value, credentials = rows.Select(row => new { id = row.CredentialId, types = row.TypeList }) }, process: request);
    }

    private void Reject(UnitOfWork unit, string request, Did sender, CredentialMessage message)
    {
        switch (Require(CredentialStore.FindRequest(unit, request), sender).State)
        {
            case CredentialRequestStates.Rejected:
                return;
            case CredentialRequestStates.Issued:
                throw new RefusalException(RefusalCode.Conflict, "The credentials of this request were issued already.") { Remedy = "revoke them" };
        }

        var reason = message.RejectionReason is { Length: > LongestReason } text ? text[..LongestReason] : message.RejectionReason;
        CredentialStore.SetRequest(unit, request, CredentialRequestStates.Rejected, message.IssuerPid, reason);
        evidence.Append(unit, EvidenceKinds.CredentialRejected, new { issuer = sender.Value }, process: request);
    }

    // Whoever was not asked learns nothing of what was asked of others.
    private static RequestRow Require(RequestRow? row, Did sender) => row is not null && row.Issuer == sender.Value
        ? row
        : throw new RefusalException(RefusalCode.NotFound, "There is no such request of this participant to this issuer.") { Term = "holderPid" };

    private static RefusalException Malformed(string where, string why, Exception? inner = null) =>
        new(RefusalCode.Malformed, $"The credentials are not taken, {where}: {why}", inner) { Where = "$." + where };
}
