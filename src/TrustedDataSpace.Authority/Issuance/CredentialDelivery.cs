using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>Brings the answer to a request to its holder (DCP §6.5): all its credentials in one message, signed now, or the word that there are none.</summary>
internal sealed class CredentialDelivery(
    RequestStore requests,
    CredentialStore credentials,
    CredentialObjects objects,
    HolderServices holders,
    CredentialSecrets secrets,
    EvidenceTrail evidence) : IOutboxHandler
{
    public const string TopicName = "credential.delivery";

    public string Topic => TopicName;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (requests.Find(message.Body) is not { } request)
        {
            return null;
        }

        var rejected = request.State == CredentialStatus.Rejected;
        var answer = new CredentialMessage
        {
            IssuerPid = request.IssuerPid,
            HolderPid = request.HolderPid,
            Status = rejected ? CredentialMessage.Rejected : CredentialMessage.Issued,
            RejectionReason = rejected ? request.Reason : null,
            Credentials = rejected ? [] : Containers(request),
        };
        if (!rejected && answer.Credentials.Count == 0)
        {
            // Delivered once more after a change of key, and revoked in the meantime.
            return null;
        }

        await holders.SendAsync(Did.Parse(request.Holder), DcpRoutes.Credentials, DcpJson.Write(answer), secrets.Open(request), cancellation);
        return unit => Delivered(unit, request);
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        if (RequestStore.Find(unit, message.Body) is not { } request)
        {
            return;
        }

        if (request.State == CredentialStatus.Rejected)
        {
            RequestStore.Finish(unit, request.IssuerPid, CredentialStatus.Rejected, request.Reason);
        }
        else if (request.State == CredentialStatus.Received)
        {
            RequestStore.Finish(unit, request.IssuerPid, CredentialStatus.Rejected, "not delivered: " + reason.Message);
            evidence.Append(unit, EvidenceKinds.CredentialNotDelivered, new { Id = request.Holder, Request = request.IssuerPid });
        }
    }

    private List<CredentialContainer> Containers(RequestRow request)
    {
        var containers = new List<CredentialContainer>();
        foreach (var (id, name) in request.Items)
        {
            if (objects.Find(id) is { } asked && credentials.Find(name) is { } row && secrets.IsAlive(row)
                && (row.State == Protocol.Authority.CredentialStates.Active || request.State != CredentialStatus.Received))
            {
                containers.Add(new CredentialContainer(row.Type, secrets.Sign(row, asked.Profile), asked.Profile.WireName()));
            }
            else if (request.State == CredentialStatus.Received)
            {
                throw new RefusalException(RefusalCode.Conflict, "A credential was revoked or suspended, or ended, before it could be delivered.");
            }
        }

        return containers;
    }

    private void Delivered(UnitOfWork unit, RequestRow request)
    {
        switch (request.State)
        {
            case CredentialStatus.Received:
                RequestStore.Finish(unit, request.IssuerPid, CredentialStatus.Issued, reason: null);
                evidence.Append(unit, EvidenceKinds.CredentialDelivered, new { Id = request.Holder, Request = request.IssuerPid, Credentials = request.Items.Select(item => item.Credential).Distinct().ToList() });
                break;
            case CredentialStatus.Rejected:
                RequestStore.Finish(unit, request.IssuerPid, CredentialStatus.Rejected, request.Reason);
                break;
        }
    }
}
