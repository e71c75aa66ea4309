using System.Text;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dcp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>Brings a request for credentials to its issuer.</summary>
internal sealed class CredentialRequestDelivery(Database database, KeyStore keys, DcpServices services, EvidenceTrail evidence, ConnectorSettings settings, ILogger<CredentialRequestDelivery> logger) : IOutboxHandler
{
    public const string TopicName = "credential.request";

    public string Topic => TopicName;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (database.Read(connection => CredentialStore.FindRequest(connection, settings.Space.Id, message.Body)) is not { State: CredentialRequestStates.Requested } row)
        {
            // Answered already: the issuer was quicker with the credentials than with its receipt.
            return null;
        }

        var code = row.SealedCode is { } box ? Encoding.UTF8.GetString(keys.Open(box, RequestRow.Context(row.HolderPid))) : null;
        var request = new CredentialRequestMessage { HolderPid = row.HolderPid, Credentials = [.. row.CredentialIds.Select(id => new RequestedCredential(id))] };
        await services.RequestAsync(Did.Parse(row.Issuer), request, code, cancellation);
        return unit =>
        {
            if (CredentialStore.FindRequest(unit, row.HolderPid) is { State: CredentialRequestStates.Requested })
            {
                CredentialStore.SetRequest(unit, row.HolderPid, CredentialRequestStates.Received, issuerPid: null, reason: null);
            }
        };
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        if (CredentialStore.FindRequest(unit, message.Body) is { State: CredentialRequestStates.Requested } row)
        {
            CredentialStore.SetRequest(unit, row.HolderPid, CredentialRequestStates.Rejected, issuerPid: null, reason.Message);
            evidence.Append(unit, EvidenceKinds.CredentialRejected, new { issuer = row.Issuer }, process: row.HolderPid);
            unit.OnCommitted(() => logger.RequestGivenUp(row.HolderPid, row.Issuer, reason.Message));
        }
    }
}
