using TrustedDataSpace.Cli.Demo;
using TrustedDataSpace.Cli.Space;

namespace TrustedDataSpace.Cli.Reports;

/// <summary>What somebody can do with a space that runs on this machine.</summary>
internal static class NextCommands
{
    /// <summary>Addresses, where the tokens are, and first commands.</summary>
    public static string For(SpaceAccess access, SpaceFolder folder) => string.Join(
        Environment.NewLine,
        [
            $"The space '{access.Space}' is running. Stop it with Ctrl+C.",
            $"  {"authority",-12} {access.Authority.Url}  {access.Authority.Id}",
            .. access.Participants.Select(participant => $"  {participant.Key,-12} {participant.Value.Url}  {participant.Value.Id}"),
            $"Management tokens: {folder.AccessFile} (mode 0600). Logs: {folder.Of("logs")}",
        ]);

    /// <summary>The same for the space of a demonstration, with its agreements.</summary>
    public static string After(DemoSpace space)
    {
        var access = space.Host.Access;
        var data = space.Folder.Path;
        var agreement = space.Agreements.GetValueOrDefault("system_demand_48", "AGREEMENT");
        return string.Join(
            Environment.NewLine,
            For(access, space.Folder),
            $"Evidence: {space.EvidenceFile}",
            "Next commands:",
            $"  tds statement {space.Agreements.GetValueOrDefault("load_curve_96", "AGREEMENT")} --data {data} --participant {DemoSpace.Vpp}",
            $"  tds app list --data {data} --participant {DemoSpace.Vpp}",
            $"  tds app add --data {data} --participant {DemoSpace.Vpp} --name notebook --person 'Li Wei' --purpose inference --agreement {agreement}",
            $"  tds log verify {space.EvidenceFile}",
            space.KeepFolder ? "The folder stays when the demonstration stops." : "The folder is removed when the demonstration stops.");
    }
}
