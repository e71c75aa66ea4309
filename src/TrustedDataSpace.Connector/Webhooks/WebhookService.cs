using System.Text;
using TrustedDataSpace.Connector.Events;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Webhooks;

/// <summary>The web-hooks of this connector.</summary>
internal sealed class WebhookService(Database database, KeyStore keys, EventFeed feed, Ids ids, ConnectorSettings settings)
{
    public const int MostWebhooks = 100;

    /// <summary>Set when a web-hook was made, changed or deleted.</summary>
    public Broadcast Changed { get; } = new();

    /// <summary>Makes a web-hook. The answer is the only time that its secret is shown.</summary>
    /// <exception cref="RefusalException">Malformed, or Conflict: the limit is reached.</exception>
    public async Task<WebhookSecret> AddAsync(WebhookDefinition webhook)
    {
        WebhookRules.Check(webhook);
        var (id, secret) = (ids.Next(), WebhookSignature.NewSecret());
        var row = new WebhookRow
        {
            Id = id,
            Url = new Uri(webhook.Url).AbsoluteUri,
            Kinds = Encoding.UTF8.GetString(ProtocolJson.Write(webhook.Kinds)),
            Secrets = Seal(id, new WebhookSecrets(secret)),
            Position = webhook.After is null ? feed.End : EventPosition.Read(webhook.After, "after"),
        };
        await database.WriteAsync(unit =>
        {
            if (WebhookStore.Count(unit) >= MostWebhooks)
            {
                throw new RefusalException(RefusalCode.Conflict, $"There are {MostWebhooks} web-hooks already.") { Remedy = "delete those that are no longer used" };
            }

            WebhookStore.Add(unit, row);
            Note(unit, id);
        });
        return new WebhookSecret { Id = id, Secret = secret };
    }

    /// <summary>Web-hooks in the order they were made.</summary>
    public Page<WebhookView> List(PageRequest page) => page.ToPage(
        database.Read(connection => WebhookStore.Page(connection, settings.Space.Id, page.After, page.Size + 1)), row => row.View(), row => row.Id);

    /// <exception cref="RefusalException">NotFound.</exception>
    public WebhookView Get(string id) => (Find(id) ?? throw NoSuch(id)).View();

    /// <summary>The web-hook, or null.</summary>
    public WebhookRow? Find(string id) => database.Read(connection => WebhookStore.Find(connection, settings.Space.Id, id));

    /// <summary>Ids of those that are to be served.</summary>
    public IReadOnlyList<string> Served() => database.Read(connection => WebhookStore.Served(connection, settings.Space.Id));

    /// <exception cref="RefusalException">NotFound.</exception>
    public Task RemoveAsync(string id) => database.WriteAsync(unit =>
    {
        if (!WebhookStore.Remove(unit, id))
        {
            throw NoSuch(id);
        }

        Note(unit, id);
    });

    /// <summary>A new secret. The one before signs beside it until receivers know the new one.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task<WebhookSecret> RotateAsync(string id)
    {
        var secret = WebhookSignature.NewSecret();
        await database.WriteAsync(unit =>
        {
            var row = WebhookStore.Find(unit, id) ?? throw NoSuch(id);
            WebhookStore.SetSecrets(unit, id, Seal(id, SecretsOf(row).Rotated(secret, unit.Now + settings.Webhooks.SecretOverlap)));
            Note(unit, id);
        });
        return new WebhookSecret { Id = id, Secret = secret };
    }

    /// <summary>Goes on behind an event; also when it was disabled.</summary>
    /// <exception cref="RefusalException">NotFound; Malformed.</exception>
    public async Task<WebhookView> ReplayAsync(string id, WebhookReplay replay)
    {
        var position = EventPosition.Read(replay.After, "after");
        return await database.WriteAsync(unit =>
        {
            WebhookStore.GoOn(unit, id, position);
            Note(unit, id);
            return (WebhookStore.Find(unit, id) ?? throw NoSuch(id)).View();
        });
    }

    /// <summary>What signs its deliveries.</summary>
    public WebhookSecrets SecretsOf(WebhookRow row) => ProtocolJson.Read<WebhookSecrets>(keys.Open(row.Secrets, SealedAs(row.Id)));

    private void Note(UnitOfWork unit, string id)
    {
        unit.Concerns(id);
        unit.OnCommitted(Changed.Set);
    }

    private string Seal(string id, WebhookSecrets secrets) => keys.Seal(ProtocolJson.Write(secrets), SealedAs(id));

    private static string SealedAs(string id) => "webhook:" + id;

    private static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no web-hook '{id}'.");
}
