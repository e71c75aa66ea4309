using System.Globalization;
using System.Text.RegularExpressions;
using TrustedDataSpace.Policy.Rego;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace TrustedDataSpace.Conformance.Rego;

/// <summary>YAML to Rego values, with YAML's core types.</summary>
internal static partial class YamlValues
{
    public static RegoValue Read(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new RegoObject(mapping.Children.Select(child => KeyValuePair.Create<RegoValue, RegoValue>(
            new RegoString(((YamlScalarNode)child.Key).Value!), Read(child.Value)))),
        YamlSequenceNode sequence => new RegoArray(sequence.Children.Select(Read)),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => ReadPlain(scalar.Value!),
        YamlScalarNode scalar => new RegoString(scalar.Value!),
        _ => throw new InvalidDataException($"unexpected YAML at {node.Start}"),
    };

    private static RegoValue ReadPlain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return RegoNull.Instance;
            case "true" or "True" or "TRUE":
                return RegoBoolean.True;
            case "false" or "False" or "FALSE":
                return RegoBoolean.False;
        }

        if (text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex))
        {
            return new RegoNumber(hex);
        }

        if (!NumberPattern().IsMatch(text))
        {
            return new RegoString(text);
        }

        var json = text.TrimStart('+');
        return RegoNumber.Parse(json.StartsWith('.') ? "0" + json : json.EndsWith('.') ? json + "0" : json);
    }

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex NumberPattern();
}
