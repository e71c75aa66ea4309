using System.Text;
using System.Text.Json;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>Requests for credentials, and those that have come. The request is delivered by the outbox; the credentials come to <see cref="CredentialReceiver"/>.</summary>
internal sealed class CredentialRequests(Database database, Ids ids, KeyStore keys, OutboxQueue outbox, EvidenceTrail evidence, ConnectorSettings settings)
{
    public const int MostAtOnce = 20;

    private const int LongestText = 512;

    /// <summary>Asks an issuer for credentials.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public async Task<CredentialRequestView> StartAsync(CredentialRequestStart start)
    {
        if (start.Credentials.Count is 0 or > MostAtOnce || start.Credentials.Any(id => id.Length is 0 or > LongestText) || start.PreAuthorizedCode?.Length is 0 or > LongestText)
        {
            throw new RefusalException(RefusalCode.Malformed, $"1 to {MostAtOnce} ids of credentials are asked for; ids and code have 1 to {LongestText} characters.") { Where = "$.credentials" };
        }

        var issuer = Did.Parse(start.Issuer ?? settings.Authority.Id);
        var id = ids.Next();
        var code = start.PreAuthorizedCode is { } clear ? keys.Seal(Encoding.UTF8.GetBytes(clear), RequestRow.Context(id)) : null;
        return (await database.WriteAsync(unit =>
        {
            var row = Add(unit, id, issuer, start.Credentials, code);
            outbox.Add(unit, CredentialRequestDelivery.TopicName, "credential-request:" + id, id, issuer.Value);
            evidence.Append(unit, EvidenceKinds.CredentialRequested, new { issuer = issuer.Value, credentials = start.Credentials }, process: id);
            return row;
        })).View();
    }

    /// <exception cref="RefusalException">NotFound.</exception>
    public CredentialRequestView Get(string id) => database.Read(connection => CredentialStore.FindRequest(connection, settings.Space.Id, id))?.View()
        ?? throw new RefusalException(RefusalCode.NotFound, $"There is no request '{id}' for credentials.");

    /// <summary>The request, once it has left that state; as it is when the wait is over.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task<CredentialRequestView> WaitAsync(string id, string state, TimeSpan wait, CancellationToken cancellation)
    {
        if (Get(id).State == state && wait > TimeSpan.Zero)
        {
            await database.WaitUntilAsync(CredentialStore.ChangeOf(id), () => Get(id).State != state, wait, cancellation);
        }

        return Get(id);
    }

    public Page<CredentialRequestView> List(PageRequest page) => page.ToPage(
        database.Read(connection => CredentialStore.PageOfRequests(connection, settings.Space.Id, page.After, page.Size + 1)), row => row.View(), row => row.HolderPid);

    public Page<HeldCredential> ListHeld(PageRequest page) => page.ToPage(
        database.Read(connection => CredentialStore.PageOfHeld(connection, settings.Space.Id, page.After, page.Size + 1)), row => row.View(), row => row.Id);

    public Page<CredentialOfferView> ListOffers(PageRequest page) => page.ToPage(
        database.Read(connection => CredentialStore.PageOfOffers(connection, settings.Space.Id, page.After, page.Size + 1)), row => row.View(), row => row.Issuer);

    /// <summary>Holds a credential no longer.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public Task DropAsync(string id) => database.WriteAsync(unit =>
    {
        if (!CredentialStore.Delete(unit, id))
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no credential '{id}' here.");
        }

        unit.Concerns(id);
    });

    internal static RequestRow Add(UnitOfWork unit, string id, Did issuer, IReadOnlyList<string> credentials, string? code)
    {
        var now = unit.Now.ToUnixTimeMilliseconds();
        var row = new RequestRow
        {
            HolderPid = id,
            Issuer = issuer.Value,
            Credentials = JsonSerializer.Serialize(credentials),
            SealedCode = code,
            State = CredentialRequestStates.Requested,
            RequestedAt = now,
            ChangedAt = now,
        };
        CredentialStore.AddRequest(unit, row);
        return row;
    }
}
