using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace TrustedDataSpace.Cli.Space;

/// <summary>Reads a <c>space.yaml</c>.</summary>
internal static class SpaceFile
{
    /// <summary>Name of the file in its folder.</summary>
    public const string FileName = "space.yaml";

    /// <summary>Reads and checks the definition in a folder. All problems are told at once; an unknown key is one, with its place.</summary>
    /// <exception cref="CannotStartException">There is no such file, or it is wrong.</exception>
    public static SpaceDefinition Load(string folder)
    {
        var file = Path.Combine(Path.GetFullPath(folder), FileName);
        if (!File.Exists(file))
        {
            throw new CannotStartException($"There is no {file}: name the folder that holds a {FileName}, for example samples/power-grid.");
        }

        var definition = WithFullPaths(Parse(File.ReadAllText(file), file), Path.GetDirectoryName(file)!);
        var problems = SpaceRules.Problems(definition).ToList();
        return problems.Count == 0
            ? definition
            : throw new CannotStartException($"{file} is not usable:" + string.Concat(problems.Select(problem => Environment.NewLine + "  - " + problem)));
    }

    internal static SpaceDefinition Parse(string yaml, string file)
    {
        var deserializer = new DeserializerBuilder()
            .WithNamingConvention(CamelCaseNamingConvention.Instance)
            .WithDuplicateKeyChecking()
            .Build();
        try
        {
            return deserializer.Deserialize<SpaceDefinition?>(yaml) ?? throw new CannotStartException($"{file} is empty.");
        }
        catch (YamlException failure)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{file}:{failure.Start.Line}:{failure.Start.Column}");
            throw new CannotStartException($"{place}: {Message(failure)}", failure);
        }
    }

    // The library names the .NET type, which means nothing to whoever wrote the file.
    private static string Message(YamlException failure)
    {
        const string Unknown = "Property '";
        var text = (failure.InnerException ?? failure).Message;
        var start = text.IndexOf(Unknown, StringComparison.Ordinal);
        return start < 0 ? text : $"unknown key '{text[(start + Unknown.Length)..].Split('\'')[0]}'";
    }

    private static SpaceDefinition WithFullPaths(SpaceDefinition definition, string folder) => definition with
    {
        Source = definition.Source with { DemandFile = Full(folder, definition.Source.DemandFile) },
        Participants = definition.Participants.ConvertAll(participant => participant with
        {
            Products = participant.Products.ConvertAll(product => product with { Offer = Full(folder, product.Offer) }),
        }),
    };

    private static string Full(string folder, string path) => path.Length == 0 ? "" : Path.GetFullPath(path, folder);
}
