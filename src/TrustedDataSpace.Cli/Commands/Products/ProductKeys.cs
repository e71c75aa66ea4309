using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using TrustedDataSpace.Hosting.Configuration;
using YamlDotNet.RepresentationModel;

namespace TrustedDataSpace.Cli.Commands.Products;

/// <summary>Finds keys of a product file that nothing is known about, with their place.</summary>
internal static class ProductKeys
{
    /// <summary>Refuses them, all at once.</summary>
    /// <exception cref="CannotStartException">There are some.</exception>
    public static void Check(string file, JsonNode? content, JsonSerializerOptions options)
    {
        var unknown = Unknown(content, options.GetTypeInfo(typeof(ProductFile)), []).ToList();
        if (unknown.Count > 0)
        {
            throw new CannotStartException(string.Join(Environment.NewLine, unknown.Select(one => string.Create(
                CultureInfo.InvariantCulture,
                $"{file}:{LineOf(file, one.Path)}: '{string.Join('.', one.Path)}' is no key of a product file: {KnownNames.Instead(one.Path[^1], one.Known)}"))));
        }
    }

    private static IEnumerable<(List<string> Path, List<string> Known)> Unknown(JsonNode? node, JsonTypeInfo type, List<string> path)
    {
        if (node is JsonArray items && type.Kind == JsonTypeInfoKind.Enumerable)
        {
            return items.SelectMany((item, i) => Unknown(item, type.Options.GetTypeInfo(type.ElementType!), [.. path, i.ToString(CultureInfo.InvariantCulture)]));
        }

        if (node is not JsonObject map || type.Kind != JsonTypeInfoKind.Object)
        {
            return [];
        }

        var known = type.Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        return map.SelectMany(entry => known.TryGetValue(entry.Key, out var property)
            ? Unknown(entry.Value, type.Options.GetTypeInfo(property.PropertyType), [.. path, entry.Key])
            : [([.. path, entry.Key], [.. known.Keys])]);
    }

    private static long LineOf(string file, List<string> path)
    {
        var yaml = new YamlStream();
        using var text = File.OpenText(file);
        yaml.Load(text);
        var (node, line) = (yaml.Documents[0].RootNode, 1L);
        foreach (var step in path)
        {
            if (node is YamlSequenceNode items)
            {
                node = items.Children[int.Parse(step, CultureInfo.InvariantCulture)];
                continue;
            }

            var (key, value) = ((YamlMappingNode)node).Children.First(entry => entry.Key is YamlScalarNode scalar && scalar.Value == step);
            (node, line) = (value, key.Start.Line);
        }

        return line;
    }
}
