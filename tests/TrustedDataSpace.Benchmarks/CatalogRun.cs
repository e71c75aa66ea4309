using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Catalog;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Benchmarks;

/// <summary>
/// Pages of a catalog of 100,000 products: from the parsed request to the bytes of the answer, with the real rules deciding on each product.
/// Budget in docs/design.md §5; the table of docs/benchmarks/catalog.md is what this prints.
/// </summary>
internal static class CatalogRun
{
    public const int UsualProducts = 100_000;

    private const int Repetitions = 200;
    private const string Did = "did:web:provider.example";

    private const string Policy =
        """
        {"permission":[{"action":"use","constraint":[
           {"leftOperand":"purpose","operator":"isAnyOf","rightOperand":["inference","forecast"]},
           {"leftOperand":"spatial","operator":"isAnyOf","rightOperand":["44","45","46","52","53"]},
           {"leftOperand":"dateTime","operator":"lteq","rightOperand":"2099-06-01T00:00:00+08:00"},
           {"leftOperand":"count","operator":"lteq","rightOperand":"NUMBER"}]}],
         "tds:meter":{"unit":"row","format":"text/csv","valuesPerRecord":96}}
        """;

    private static readonly Peer Near = new("did:web:near.example", "active", "44", ["virtual-power-plant"]);
    private static readonly Peer Far = new("did:web:far.example", "active", "11", ["virtual-power-plant"]);

    public static async Task RunAsync(int products)
    {
        using var folder = new TempFolder();
        await using var app = ConnectorHost.Build(
            new ConnectorSettings
            {
                Space = new SpaceOptions { Id = "bench" },
                Participant = new ParticipantOptions { Id = Did },
                Storage = new StorageOptions { Folder = folder["data"] },
                Egress = new EgressOptions { AllowPrivateAddresses = true },
                Authority = new AuthorityOptions { Url = "http://127.0.0.1:1", Id = "did:web:authority.example" },
                Membership = new MembershipOptions { Region = "44", Roles = ["provider"] },
            },
            builder => builder.Logging.ClearProviders());
        await app.StartServiceAsync(TextWriter.Null);
        app.Services.GetRequiredService<EmbeddedPolicyEngine>().Replace(PolicyBundle.BuiltIn());
        await FillAsync(app, products);
        await MeasureAsync(app, products);
        await app.StopAsync();
    }

    private static async Task FillAsync(WebApplication app, int products)
    {
        var (database, watch) = (app.Services.GetRequiredService<Database>(), Stopwatch.StartNew());
        foreach (var batch in Enumerable.Range(0, products).Chunk(1000))
        {
            await database.WriteAsync(unit =>
            {
                foreach (var number in batch)
                {
                    ProductStore.Add(unit, Product(number) with { PublishedAt = unit.Now.ToUnixTimeMilliseconds() });
                }
            });
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{products} products stored and indexed in {watch.Elapsed.TotalSeconds:0} s\n"));
    }

    private static async Task MeasureAsync(WebApplication app, int products)
    {
        var asker = new Asker(app.Services.GetRequiredService<CatalogDocuments>());
        Console.WriteLine("| page | datasets | p50 | p99 | most | processor time, mean |\n|---|---|---|---|---|---|");
        await asker.TimeAsync("first", _ => (Near, Request()));
        await asker.TimeAsync("one in the middle, another each time", i => (Near, Request(after: IdOf(products * (i + 1) / (Repetitions + 2)))));
        await asker.TimeAsync("last", _ => (Near, Request(after: IdOf(products - 50))));
        await asker.TimeAsync("back from the last", _ => (Near, Request() with { Position = CatalogPosition.In(new ProductPosition(ProductSide.Before, IdOf(products - 50))) }));
        await asker.TimeAsync("filter: a word that all have, another place each time", i => (Near, Request("""{"text":"curves"}""", IdOf(products * i / (Repetitions + 2)))));
        await asker.TimeAsync("filter: a keyword that one in 1,000 has, and such a word", i => (Near, Request($$"""{"keyword":"k{{i}}","text":"load curves"}""")));
        await asker.TimeAsync("filter: two words in Chinese", _ => (Near, Request("""{"text":"负荷曲线 负荷"}""")));
        await asker.TimeAsync("filter: 100 ids", i => (Near, Request($$"""{"datasetId":[{{string.Join(',', Enumerable.Range(0, 100).Select(n => $"\"{IdOf(((n * 977) + i) % products)}\""))}}]}""")));
        await asker.TimeAsync("filter: two words that half have each, and nobody both", _ => (Near, Request("""{"text":"even odd"}""")));
        await asker.TimeAsync("a peer that may see nothing, another place each time", i => (Far, Request(after: IdOf(products * (i + 1) / (Repetitions + 2)))));
        await asker.TimeAsync("the first, of a peer that may see nothing", _ => (Far, Request()));
        await asker.ReadAllAsync();
    }

    private static CatalogRequest Request(string? filter = null, string? after = null)
    {
        var request = CatalogRequest.Read(filter is null ? [] : [JsonElement.Parse(filter.Replace("{", "{\"@type\":\"tds:CatalogFilter\",", StringComparison.Ordinal))], catalog: null, cursor: null);
        return after is null ? request : request with { Position = CatalogPosition.In(ProductPosition.After(after)) };
    }

    private static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"p{number:000000}");

    private static ProductRow Product(int number)
    {
        var (id, text) = (IdOf(number), number.ToString(CultureInfo.InvariantCulture));
        var offerId = OfferDocument.IdOf(id, 1);
        return new ProductRow
        {
            Id = id,
            Version = 1,
            AssetId = "asset",
            Title = $"Load curves of feeder {text}, 负荷曲线",
            Description = $"96 points a day, {(number % 2 == 0 ? "even" : "odd")}, active and reactive power at the medium voltage side of one feeder, checked daily.",
            Keywords = $"[\"energy\",\"负荷\",\"k{number % 1000}\"]",
            Classification = "general",
            Negotiation = "automatic",
            Transfers = "automatic",
            Formats = """["HttpData-PULL","HttpData-PUSH"]""",
            Catalog = number % 50 == 0 ? $"area-{number / 50 % 20}" : "",
            OfferId = offerId,
            Offer = OfferDocument.Make(JsonElement.Parse(Policy.Replace("NUMBER", text, StringComparison.Ordinal)), offerId, Did).ToString(),
            DefinitionHash = text,
        };
    }

    /// <summary>Asks for pages and prints how long they took.</summary>
    private sealed class Asker(CatalogDocuments documents)
    {
        public async Task TimeAsync(string what, Func<int, (Peer Peer, CatalogRequest Request)> question)
        {
            var (times, datasets) = (new double[Repetitions], 0);
            await AskAsync(question(Repetitions));
            var worked = Process.GetCurrentProcess().TotalProcessorTime;
            for (var i = 0; i < Repetitions; i++)
            {
                var asked = question(i);
                var started = Stopwatch.GetTimestamp();
                var (document, _) = await AskAsync(asked);
                times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                datasets = Math.Max(datasets, Datasets(document));
            }

            var work = (Process.GetCurrentProcess().TotalProcessorTime - worked).TotalMilliseconds / Repetitions;
            Array.Sort(times);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {what} | {datasets} | {times[Repetitions / 2]:0.0} ms | {times[Repetitions * 99 / 100]:0.0} ms | {times[^1]:0.0} ms | {work:0.0} ms |"));
        }

        public async Task ReadAllAsync()
        {
            var (request, count, pages, watch, before) = (Request(), 0, 0, Stopwatch.StartNew(), Memory());
            var most = before;
            while (true)
            {
                var (document, next) = await AskAsync((Near, request));
                count += Datasets(document);
                if (++pages % 100 == 0)
                {
                    most = Math.Max(most, Environment.WorkingSet);
                }

                if (next is null)
                {
                    break;
                }

                request = CatalogRequest.Read([], catalog: null, next);
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"\nall {pages} pages, {count} datasets, in {watch.Elapsed.TotalSeconds:0.0} s; working set before {before >> 20} MB, at most {most >> 20} MB, after {Memory() >> 20} MB; live managed memory {GC.GetTotalMemory(true) >> 20} MB"));
        }

        private async Task<(byte[] Document, string? Next)> AskAsync((Peer Peer, CatalogRequest Request) asked)
        {
            var (document, links) = await documents.PageAsync(asked.Peer, asked.Request, name: null, CancellationToken.None);
            var next = links.FirstOrDefault(link => link!.EndsWith("rel=\"next\"", StringComparison.Ordinal));
            return (document, next?.Split("cursor=")[1].Split('>')[0]);
        }

        private static int Datasets(byte[] document) =>
            JsonElement.Parse(document).TryGetProperty("dataset", out var datasets) ? datasets.GetArrayLength() : 0;

        private static long Memory()
        {
            GC.Collect();
            return Environment.WorkingSet;
        }
    }
}
