using System.CommandLine;

namespace TrustedDataSpace.Cli.Commands.Products;

/// <summary><c>tds product publish FILE</c>, and <c>--csv FILE</c> for one's own table in one line.</summary>
internal static class ProductPublishCommand
{
    public static Command Create()
    {
        var file = new Argument<string?>("FILE") { Description = "Asset, product and ODRL offer in YAML or JSON.", Arity = ArgumentArity.ZeroOrOne };
        var csv = new Option<string?>("--csv") { Description = "In place of FILE: a CSV file in a folder that 'tds source serve' serves. The options below are for it.", HelpName = "FILE" };
        var id = new Option<string?>("--id") { Description = "Id of the product. Default: the name of the file." };
        var title = new Option<string?>("--title") { Description = "Title. Default: the name of the file." };
        var description = new Option<string>("--description") { Description = "Description.", DefaultValueFactory = _ => "" };
        var keywords = new Option<string[]>("--keyword") { Description = "A word to find it by; may be repeated." };
        var classification = new Option<string>("--classification") { Description = "general, personal or important.", DefaultValueFactory = _ => "general" };
        var purposes = new Option<string[]>("--purpose") { Description = "A purpose it may be used for; may be repeated. Default: inference." };
        var regions = new Option<string[]>("--region") { Description = "A region whose participants may use it; may be repeated. Default: all." };
        var count = new Option<long?>("--count") { Description = "Most requests under one agreement. Default: no limit." };
        return Verb.ForConnector(
            "publish",
            "Offer a data product. What nobody could enforce is refused; the answer says for each term what is really done.",
            [file, csv, id, title, description, keywords, classification, purposes, regions, count],
            async call =>
            {
                var publication = (call.Parsed.GetValue(file), call.Get(csv)) switch
                {
                    ({ } described, null) => ProductFile.Read(described),
                    (null, { } table) => await new CsvOffer
                    {
                        File = table,
                        Id = call.Get(id),
                        Title = call.Get(title),
                        Description = call.Get(description)!,
                        Keywords = call.Get(keywords) ?? [],
                        Classification = call.Get(classification)!,
                        Purposes = call.Get(purposes) is { Length: > 0 } named ? named : ["inference"],
                        Regions = call.Get(regions) ?? [],
                        Count = call.Get(count),
                    }.ToPublicationAsync(call.Http, call.Cancellation),
                    _ => throw new CannotStartException("Name either FILE or --csv FILE."),
                };
                return await PublishAsync(call, publication);
            });
    }

    private static async Task<int> PublishAsync(Call call, Publication publication)
    {
        await call.Connector.AddAssetAsync(publication.Asset, call.Cancellation);
        var product = await call.Connector.PublishAsync(publication.Product, call.Cancellation);
        await call.ShowAsync(product,
        [
            $"product  {product.Id} version {product.Version}",
            $"offer    {product.OfferId}",
            .. product.Coverage.Select(term => $"term     {term.Text}  ({term.Word})"),
        ]);
        return ExitCode.Ok;
    }
}
