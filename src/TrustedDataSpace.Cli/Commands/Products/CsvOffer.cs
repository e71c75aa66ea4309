using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Cli.Commands.Products;

/// <summary>A CSV file of a served folder as a product: the usual terms, written out, so that what is offered is never a surprise.</summary>
internal sealed partial record CsvOffer
{
    public required string File { get; init; }

    public string? Id { get; init; }

    public string? Title { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyList<string> Keywords { get; init; } = [];

    public string Classification { get; init; } = "general";

    public IReadOnlyList<string> Purposes { get; init; } = [];

    public IReadOnlyList<string> Regions { get; init; } = [];

    public long? Count { get; init; }

    /// <summary>The asset and the product.</summary>
    /// <exception cref="CannotStartException">The file is not there, or its folder is not served.</exception>
    public async Task<Publication> ToPublicationAsync(HttpClient http, CancellationToken cancellation)
    {
        var file = Path.GetFullPath(File);
        if (!System.IO.File.Exists(file))
        {
            throw new CannotStartException($"There is no file {file}.");
        }

        var folder = Path.GetDirectoryName(file)!;
        var access = FolderAccess.Find(folder) ?? throw NotServed(folder);
        var url = $"{access.Url}/{Uri.EscapeDataString(Path.GetFileName(file))}";
        await RequireServedAsync(http, url, access, folder, cancellation);
        var id = Id ?? NoIdCharacter().Replace(Path.GetFileNameWithoutExtension(file), "_");
        return new Publication(
            new AssetDefinition { Id = id, SourceUrl = url, SourceHeaders = new Dictionary<string, string> { [SourceApi.CredentialHeader] = access.Credential } },
            new ProductDefinition
            {
                Id = id,
                AssetId = id,
                Title = Title ?? Path.GetFileNameWithoutExtension(file),
                Description = Description,
                Keywords = Keywords,
                Classification = Classification,
                Policy = ProtocolJson.Parse(ProtocolJson.Write(Offer())),
            });
    }

    private JsonObject Offer() => new()
    {
        ["@type"] = "Offer",
        ["permission"] = new JsonArray(new JsonObject
        {
            ["action"] = "use",
            ["constraint"] = new JsonArray([.. Constraints()]),
        }),
        ["tds:meter"] = new JsonObject { ["unit"] = "row", ["format"] = "text/csv" },
    };

    private IEnumerable<JsonNode> Constraints() =>
    [
        Constraint("tds:membership", "eq", "active"),
        Constraint("purpose", "isAnyOf", List(Purposes)),
        .. Regions.Count > 0 ? [Constraint("spatial", "isAnyOf", List(Regions))] : Array.Empty<JsonNode>(),
        .. Count is { } count ? [Constraint("count", "lteq", count.ToString(CultureInfo.InvariantCulture))] : Array.Empty<JsonNode>(),
    ];

    private static JsonArray List(IReadOnlyList<string> words) => new([.. words.Select(word => JsonValue.Create(word))]);

    private static JsonObject Constraint(string left, string comparison, JsonNode right) =>
        new JsonObject { ["leftOperand"] = left, ["operator"] = comparison, ["rightOperand"] = right };

    // A product whose source does not answer would be noticed by its first consumer only.
    private static async Task RequireServedAsync(HttpClient http, string url, FolderAccess access, string folder, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Add(SourceApi.CredentialHeader, access.Credential);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                throw new CannotStartException($"{url} answered {(int)answer.StatusCode}: is another service there? Serve the folder again: tds source serve {folder}");
            }
        }
        catch (HttpRequestException failure)
        {
            throw NotServed(folder, failure);
        }
    }

    private static CannotStartException NotServed(string folder, Exception? inner = null) =>
        new($"The folder {folder} is not served: start 'tds source serve {folder}' in another terminal first.", inner);

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex NoIdCharacter();
}
