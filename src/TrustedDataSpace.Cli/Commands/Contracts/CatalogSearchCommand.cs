using System.CommandLine;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Cli.Commands.Contracts;

/// <summary><c>tds catalog search QUERY</c>.</summary>
internal static class CatalogSearchCommand
{
    public static Command Create()
    {
        var words = new Argument<string>("QUERY") { Description = "Words that must all be in title, description or keywords; '' for everything." };
        var limit = new Option<int>("--limit") { Description = "Most products to show, 1 to 200.", DefaultValueFactory = _ => 50 };
        return Verb.ForConnector("search", "Search the products of the space, newest first.", [words, limit], async call =>
        {
            var page = await call.Connector.SearchAsync(call.Get(words), call.Get(limit), call.Cancellation);
            await call.ShowAsync(page, page.Items.SelectMany(Lines).Append(Summary(page)));
            return ExitCode.Ok;
        });
    }

    private static IEnumerable<string> Lines(ProductRegistration product) =>
    [
        $"{product.Title}  ({product.Classification})",
        $"  negotiate  --provider {product.Provider} --dataset {product.Id} --offer {product.OfferId}",
        .. product.Terms.Select(term => $"  term       {term}"),
    ];

    private static string Summary(ProductPage page) => $"{page.Items.Count} product{(page.Items.Count == 1 ? "" : "s")}{(page.Next is null ? "" : ", and more: narrow the search or raise --limit")}";
}
