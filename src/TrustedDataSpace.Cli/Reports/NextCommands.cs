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
    /// <param name="space">The space.</param>
    /// <param name="priced">The product whose use is paid.</param>
    /// <param name="used">The product that another application may be let use.</param>
    /// <param name="purpose">What for.</param>
    public static string After(DemoSpace space, string priced, string used, string purpose)
    {
        var access = space.Host.Access;
        var data = space.Folder.Path;
        var agreement = space.Agreements.GetValueOrDefault(used, "AGREEMENT");
        return string.Join(
            Environment.NewLine,
            For(access, space.Folder),
            $"Evidence: {space.EvidenceFile}",
            "Next commands:",
            $"  tds statement {space.Agreements.GetValueOrDefault(priced, "AGREEMENT")} --data {data} --participant {space.ConsumerName}",
            $"  tds app list --data {data} --participant {space.ConsumerName}",
            $"  tds app add --data {data} --participant {space.ConsumerName} --name notebook --person 'Li Wei' --purpose {purpose} --agreement {agreement}",
            $"  tds log verify {space.EvidenceFile}",
            space.KeepFolder ? "The folder stays when the demonstration stops." : "The folder is removed when the demonstration stops.");
    }
}
