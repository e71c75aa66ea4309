using TrustedDataSpace.Policy.Rego;
using YamlDotNet.RepresentationModel;

namespace TrustedDataSpace.Conformance.Rego;

/// <summary>One case of the Open Policy Agent's conformance suite.</summary>
internal sealed record ConformanceCase
{
    /// <summary>Folder, note, and a number if the note is used again: what the list of passing cases holds.</summary>
    public required string Id { get; init; }

    /// <summary>The folder.</summary>
    public required string Group { get; init; }

    public required string Query { get; init; }

    public IReadOnlyList<RegoSource> Modules { get; init; } = [];

    public RegoValue Data { get; init; } = RegoObject.Empty;

    public RegoValue? Input { get; init; }

    /// <summary>The input as a Rego term; it replaces <see cref="Input"/>.</summary>
    public string? InputTerm { get; init; }

    /// <summary>The expected bindings; null if an error is expected.</summary>
    public IReadOnlyList<RegoValue>? WantResult { get; init; }

    public string? WantErrorCode { get; init; }

    public string? WantError { get; init; }

    public bool StrictError { get; init; }

    public bool SortBindings { get; init; }

    public static IEnumerable<ConformanceCase> ReadAll(string folder)
    {
        var uses = new Dictionary<string, int>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var yaml = new YamlStream();
            using (var reader = File.OpenText(file))
            {
                yaml.Load(reader);
            }

            var group = Path.GetFileName(Path.GetDirectoryName(file))!;
            foreach (var node in ((YamlSequenceNode)((YamlMappingNode)yaml.Documents[0].RootNode)["cases"]).Cast<YamlMappingNode>())
            {
                var @case = Read(group, node);
                var use = uses[@case.Id] = uses.GetValueOrDefault(@case.Id) + 1;
                yield return use == 1 ? @case : @case with { Id = $"{@case.Id} #{use}" };
            }
        }
    }

    private static ConformanceCase Read(string group, YamlMappingNode node)
    {
        var error = Text(node, "want_error");
        var errorCode = Text(node, "want_error_code");
        return new ConformanceCase
        {
            Id = $"{group}: {Text(node, "note")}",
            Group = group,
            Query = Text(node, "query")!,
            Modules = [.. Items(node, "modules").Select((module, index) => new RegoSource($"test-{index}.rego", ((YamlScalarNode)module).Value!))],
            Data = Value(node, "data") ?? RegoObject.Empty,
            Input = Value(node, "input"),
            InputTerm = Text(node, "input_term"),
            WantError = error,
            WantErrorCode = errorCode,
            WantResult = error is null && errorCode is null ? [.. Items(node, "want_result").Select(YamlValues.Read)] : null,
            StrictError = Text(node, "strict_error") == "true",
            SortBindings = Text(node, "sort_bindings") == "true",
        };
    }

    private static YamlNode? Find(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private static string? Text(YamlMappingNode node, string key) => (Find(node, key) as YamlScalarNode)?.Value;

    private static RegoValue? Value(YamlMappingNode node, string key) => Find(node, key) is { } value ? YamlValues.Read(value) : null;

    private static IEnumerable<YamlNode> Items(YamlMappingNode node, string key) => Find(node, key) as YamlSequenceNode ?? Enumerable.Empty<YamlNode>();
}
