using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace TrustedDataSpace.Cli.Commands.Products;

/// <summary>
/// A product in a file, YAML or JSON (which is YAML, too): <c>asset</c> (id, sourceUrl, sourceHeaders), <c>product</c> (id, title,
/// description, keywords, classification) and <c>offer</c> (ODRL, or the name of a file with it).
/// </summary>
internal sealed record ProductFile
{
    private static readonly JsonSerializerOptions Strict = new(ProtocolJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    public required AssetDefinition Asset { get; init; }

    public required ProductText Product { get; init; }

    public required JsonElement Offer { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="CannotStartException">It is not there, or not what is described above.</exception>
    public static Publication Read(string file)
    {
        var path = Path.GetFullPath(file);
        if (!File.Exists(path))
        {
            throw new CannotStartException($"There is no file {path}.");
        }

        try
        {
            var content = ToJson(Parse(path));
            ProductKeys.Check(path, content, Strict);
            var read = content.Deserialize<ProductFile>(Strict) ?? throw new CannotStartException($"{path} is empty.");
            return read.ToPublication(Path.GetDirectoryName(path)!);
        }
        catch (YamlException failure)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{path}:{failure.Start.Line}:{failure.Start.Column}");
            throw new CannotStartException($"{place}: {(failure.InnerException ?? failure).Message}", failure);
        }
        catch (JsonException failure)
        {
            throw new CannotStartException($"{path}: {JsonRefusal.From(failure).Message} docs/cli.md shows a product file.", failure);
        }
    }

    private Publication ToPublication(string folder) => new(Asset, new ProductDefinition
    {
        Id = Product.Id,
        AssetId = Asset.Id,
        Title = Product.Title,
        Description = Product.Description,
        Keywords = Product.Keywords,
        Classification = Product.Classification,
        Policy = Offer.ValueKind == JsonValueKind.String ? ToJson(Parse(Path.GetFullPath(Offer.GetString()!, folder)))!.Deserialize<JsonElement>() : Offer,
    });

    private static object? Parse(string path)
    {
        if (!File.Exists(path))
        {
            throw new CannotStartException($"There is no file {path}, which the offer names.");
        }

        return new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().WithDuplicateKeyChecking().Build().Deserialize<object?>(File.ReadAllText(path));
    }

    // A quoted scalar stays text: "44" is a region, 44 a number.
    private static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        IDictionary<object, object?> map => new JsonObject(map.Select(entry => KeyValuePair.Create(Convert.ToString(entry.Key, CultureInfo.InvariantCulture)!, ToJson(entry.Value)))),
        IEnumerable<object?> list => new JsonArray([.. list.Select(ToJson)]),
        _ => JsonSerializer.SerializeToNode(value),
    };
}

/// <summary>What people read about a product.</summary>
internal sealed record ProductText
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyList<string> Keywords { get; init; } = [];

    public string Classification { get; init; } = "general";
}
