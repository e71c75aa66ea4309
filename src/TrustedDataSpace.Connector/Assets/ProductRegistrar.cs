using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>Brings published products into the catalog of the space, and withdrawn ones out of it. A message names the product only: the version that counts is the one at delivery.</summary>
internal sealed class ProductRegistrar(
    ProductService products,
    AuthorityClient authority,
    ServiceAddress address,
    ConnectorSettings settings,
    ILogger<ProductRegistrar> logger) : IOutboxHandler
{
    public const string TopicName = "product.registration";

    /// <summary>Of its own for each product: one that the authority does not take must hold up neither filings nor other products.</summary>
    public static string Destination(string product) => "authority:product:" + product;

    private const int LongestTerm = 300;

    public string Topic => TopicName;

    public async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        if (products.Find(message.Body) is not { } product)
        {
            await authority.UnregisterAsync(message.Body, cancellation);
            return null;
        }

        await authority.RegisterAsync(
            new ProductRegistration
            {
                Id = product.ProductId,
                Provider = Did.Parse(settings.Participant.Id),
                Title = product.Title,
                Description = product.Description,
                Keywords = product.Keywords,
                Classification = product.Classification,
                OfferId = product.Offer.Id,
                Terms = [.. product.Policy.Coverage.Select(Describe)],
                Endpoint = new Uri(address.Url),
            },
            cancellation);
        return unit => ProductStore.NoteRegistration(unit, message.Body, refusal: null);
    }

    // One line for people, in the bounds of the catalog; the offer itself has every word.
    private static string Describe(TermCoverageView term)
    {
        var text = term.Term.StartsWith("tds:", StringComparison.Ordinal) ? $"{term.Term} {term.Text}" : term.Text;
        return $"{(text.Length <= LongestTerm ? text : text[..LongestTerm] + "…")} ({term.Word})";
    }

    public void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        ProductStore.NoteRegistration(unit, message.Body, reason.Message);
        unit.OnCommitted(() => logger.NotRegistered(message.Body, reason.Message));
    }
}
