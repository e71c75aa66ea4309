using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>Whatever a service keeps in its data folder is in its backup, or is left out by name (docs/operations.md, "Backup and restore").</summary>
public sealed class DataFolderTests
{
    private static readonly Dictionary<string, string> LeftOut = new()
    {
        ["tds.lock"] = "says that a process has the folder",
        ["tds.sqlite-wal"] = "what it holds is in the copy of the database",
        ["tds.sqlite-shm"] = "an index of the former",
    };

    [Fact]
    public async Task Every_file_of_a_data_folder_is_in_the_backup_or_left_out_by_name()
    {
        using var backups = new TempFolder();
        await using var space = await TestSpace.StartAsync();
        await EverythingAsync(space);
        HttpClient[] services = [space.Operator, space.Provider, space.Consumer];
        var saved = new HashSet<string>();
        foreach (var folder in services.Select(service => FolderOf(space, service)))
        {
            saved.UnionWith(Backup(folder, backups[Path.GetFileName(folder)], out var forgotten));
            Assert.Empty(forgotten);
        }

        // All kinds of files were there.
        Assert.Superset(
            new HashSet<string> { "tds.sqlite", "usage-journal.0", "usage-journal.1", "quota-leases", "policy-bundle.tar.gz", "log", "policies" },
            saved.Select(file => file.Split(Path.DirectorySeparatorChar)[0]).ToHashSet());

        // One more, as a feature would add it.
        var provider = FolderOf(space, space.Provider);
        await File.WriteAllTextAsync(Path.Combine(provider, "forgotten"), "");
        Backup(provider, backups["again"], out var found);
        Assert.Equal(["forgotten"], found);
    }

    // Uses under quotas, by tokens and with evidence before release, denials, transfers that end, intervals that are settled, and an authority that starts again.
    private static async Task EverythingAsync(TestSpace space)
    {
        var limited = await space.ContractAsync("limited", TestSpace.Constraint("count", "lteq", "5"));
        var logged = await space.LoggedContractAsync("logged");
        var denied = await space.ContractAsync("denied", TestSpace.Constraint("purpose", "isAnyOf", new[] { "inference" }));
        (await limited.UseAsync()).Dispose();
        (await logged.UseAsync()).Dispose();
        (await denied.UseAsync(purpose: "training")).Dispose();
        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromMinutes(3));
        (await limited.UseAsync()).Dispose();
        await space.Provider.PostAsync<JsonElement>(ManagementRoutes.For(ManagementRoutes.TransferTermination, denied.Flow), new Termination { Reason = "end" });
        await space.StopAuthorityAsync();
        await space.RestartAuthorityAsync();
        await space.PublishAsync("later");
        var status = await space.Provider.WaitAsync<EvidenceStatus>(ManagementRoutes.Evidence);
        Assert.Equal(status.Entries, status.Logged);
    }

    /// <returns>What the backup holds.</returns>
    private static HashSet<string> Backup(string folder, string target, out List<string> forgotten)
    {
        // A draft that was renamed meanwhile, or a partial tile that has become a full one, was there before or after only.
        var before = Files(folder);
        DataBackup.Create(folder, target, TimeProvider.System.GetUtcNow());
        var saved = Files(target);
        forgotten = [.. before.Intersect(Files(folder)).Except(saved).Where(file => !LeftOut.ContainsKey(file)).Order(StringComparer.Ordinal)];
        return saved;
    }

    private static HashSet<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))];

    private static string FolderOf(TestSpace space, HttpClient service) => space.Behind(service).Services.GetRequiredService<ServiceSettings>().Storage.Folder;
}
