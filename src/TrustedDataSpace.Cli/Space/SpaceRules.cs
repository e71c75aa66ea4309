using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Space;

/// <summary>What must be true of a <c>space.yaml</c> beyond its form. The services check the rest themselves.</summary>
internal static class SpaceRules
{
    private const int LargestPort = 65535;

    /// <summary>Everything that is wrong, each naming its key.</summary>
    public static IEnumerable<string> Problems(SpaceDefinition definition) =>
    [
        .. Missing("space", definition.Space),
        .. Identity("authority.id", definition.Authority.Id),
        .. Port("authority.port", definition.Authority.Port),
        .. Port("source.port", definition.Source.Port),
        .. definition.Source.Service switch
        {
            SourceDefinition.PowerGrid => FileProblems("source.demandFile", definition.Source.DemandFile),
            SourceDefinition.Materials => [],
            _ => [$"source.service '{definition.Source.Service}' is neither {SourceDefinition.PowerGrid} nor {SourceDefinition.Materials}"],
        },
        .. definition.Participants.Count == 0 ? ["participants is empty: name at least one"] : Array.Empty<string>(),
        .. definition.Participants.SelectMany(ParticipantProblems),
        .. Twice("participants: short name", definition.Participants.Select(participant => participant.ShortName)),
        .. Twice("port", PortsOf(definition)),
    ];

    private static IEnumerable<string> ParticipantProblems(ParticipantDefinition participant, int index)
    {
        var at = $"participants[{index}]";
        var assets = participant.Assets.Select(asset => asset.Id).ToHashSet();
        return
        [
            .. Identity(at + ".id", participant.Id),
            .. Missing(at + ".region", participant.Region),
            .. Port(at + ".port", participant.Port),
            .. Twice(at + ".assets: id", participant.Assets.Select(asset => asset.Id)),
            .. Twice(at + ".products: id", participant.Products.Select(product => product.Id)),
            .. participant.Assets.Where(asset => !asset.Path.StartsWith('/')).Select(asset => $"{at}.assets: path '{asset.Path}' does not begin with '/'"),
            .. participant.Products.Where(product => !assets.Contains(product.Asset))
                .Select(product => $"{at}.products: '{product.Id}' names the asset '{product.Asset}', which is not in {at}.assets"),
            .. participant.Products.SelectMany(product => FileProblems($"{at}.products: offer of '{product.Id}'", product.Offer)),
        ];
    }

    private static IEnumerable<string> Missing(string key, string value) => value.Length == 0 ? [$"{key} is missing"] : [];

    private static IEnumerable<string> Identity(string key, string value) =>
        Did.TryParse(value, out _) ? [] : [$"{key} '{value}' is not a did:web identifier, for example did:web:grid.example"];

    private static IEnumerable<string> Port(string key, int value) =>
        value is >= 0 and <= LargestPort ? [] : [$"{key} {value} is not a port: 1 to {LargestPort}, or 0 for a free one"];

    private static IEnumerable<string> FileProblems(string key, string path) =>
        File.Exists(path) ? [] : [path.Length == 0 ? $"{key} is missing" : $"{key}: there is no file {path}"];

    private static IEnumerable<string> Twice<T>(string key, IEnumerable<T> values) =>
        values.GroupBy(value => value).Where(group => group.Count() > 1).Select(group => $"{key} '{group.Key}' is used twice");

    private static IEnumerable<int> PortsOf(SpaceDefinition definition) =>
        definition.Participants.Select(participant => participant.Port)
            .Append(definition.Authority.Port).Append(definition.Source.Port).Where(port => port != 0);
}
