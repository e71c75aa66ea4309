using System.CommandLine;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>The option <c>--data DIR</c>.</summary>
internal static class DataOption
{
    public static Option<string?> Create(string description) => new("--data") { Description = description, HelpName = "DIR" };
}
