using System.Net;
using TrustedDataSpace.Cli;
using TrustedDataSpace.Cli.Commands;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Restart;

/// <summary>A backup taken while a service runs, and put back after its disk is lost.</summary>
public sealed class BackupTests
{
    // A member that has nothing to say looks at the log once a second, not every ten.
    private static readonly Dictionary<string, string> LooksOften = new() { ["Authority:LogCheckInterval"] = "00:00:01" };

    [Fact]
    public async Task An_authority_whose_disk_is_lost_gets_its_log_back_from_the_members_and_goes_on_by_itself()
    {
        using var folder = new TempFolder();
        await using var space = await KillableSpace.StartAsync(LooksOften);
        await space.PublishAsync("before");
        Member[] members = [space.Provider, space.Consumer];
        await WholeLogAsync(space, members);
        await TdsAsync("backup", folder["backup"], "--folder", space.Authority.Folder);
        await space.ContractAsync("before");
        await space.PublishAsync("after");
        await space.ContractAsync("after");

        // A receipt that is on its way when the disk is lost would be lost with it.
        var seen = await WholeLogAsync(space, members);
        await space.Authority.KillAsync();
        Directory.Delete(space.Authority.Folder, recursive: true);
        await TdsAsync("restore", folder["backup"], "--folder", space.Authority.Folder);
        await space.Authority.StartAsync();

        var hold = new LogHoldStatus("", true, 0, "");
        await space.Authority.UntilAsync("to go on with its log", async () => !(hold = await space.Authority.GetAsync<LogHoldStatus>(AuthorityRoutes.EvidenceHold)).Held);
        var last = seen.MaxBy(log => log.Size)!;
        Assert.Equal(last.Origin, hold.Origin);
        Assert.True(hold.Size >= last.Size);
        await space.PublishAsync("later");
        foreach (var member in members)
        {
            EvidenceStatus status = new() { Entries = 0, Logged = 0 };
            await member.UntilAsync("to believe the log again", async () =>
                (status = await member.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence)) is { Alarm: null, Log: { } log } && log.Size > last.Size && status.Entries == status.Logged);
            Assert.Equal(last.Origin, status.Log!.Origin);
        }

        // Every checkpoint that was seen before the loss is one of the log that goes on.
        var page = await space.Authority.GetAsync<Page<EvidenceEntry>>(AuthorityRoutes.EvidenceEntriesPage(0, 1000));
        Assert.All(seen, log => Assert.Equal(log.Root, Convert.ToBase64String(MerkleTree.Root([.. page.Items.Take((int)log.Size).Select(entry => entry.LeafHash())]))));
        Assert.Equal(2, page.Items.Count(entry => entry.Kind == EvidenceKinds.AgreementFiled));
        Assert.DoesNotContain(page.Items, entry => entry.Kind is EvidenceKinds.LogSucceeded or EvidenceKinds.LogAccepted);
    }

    /// <summary>Waits until all that the members have written is in the log, and each of them has seen the whole log.</summary>
    private static async Task<List<LogStatus>> WholeLogAsync(KillableSpace space, Member[] members)
    {
        List<EvidenceStatus> seen = [];
        await space.Authority.UntilAsync("to have a log that all have seen", async () =>
        {
            seen = [];
            foreach (var member in members)
            {
                seen.Add(await member.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence));
            }

            var size = (await space.Authority.GetAsync<LogHoldStatus>(AuthorityRoutes.EvidenceHold)).Size;
            return seen.TrueForAll(status => status.Entries == status.Logged && status.Log?.Size == size);
        });
        return seen.ConvertAll(status => status.Log!);
    }

    [Fact]
    public async Task An_authority_whose_disk_is_lost_is_restored_and_a_log_follows_that_each_member_accepts()
    {
        using var folder = new TempFolder();

        // Nobody has kept the authority's own entries: its log cannot be what it was.
        await using var space = await KillableSpace.StartAsync(new Dictionary<string, string> { ["Authority:Witness"] = "false" });
        await space.PublishAsync("before");
        await space.PublishAsync("after");
        var first = await space.ContractAsync("before");
        await using var load = new Load(space, new Dice());
        load.Read(first, 2);
        await load.BeginAsync(10);
        await TdsAsync("backup", folder["backup"], "--folder", space.Authority.Folder);

        // The backup knows nothing of this contract.
        load.Read(await space.ContractAsync("after"), 2);
        await load.BeginAsync(20);
        await space.Authority.KillAsync();
        Directory.Delete(space.Authority.Folder, recursive: true);
        await TdsAsync("restore", folder["backup"], "--folder", space.Authority.Folder);
        await space.Authority.StartAsync();
        await load.StopAsync();

        Member[] members = [space.Provider, space.Consumer];
        var last = "";
        var size = 0L;
        foreach (var member in members)
        {
            var status = await AlarmAsync(member, LogAlarmKinds.RolledBack);
            (last, size) = status.Log!.Size > size ? (status.Log.Checkpoint, status.Log.Size) : (last, size);
        }

        Assert.True((await space.Authority.GetAsync<LogHoldStatus>(AuthorityRoutes.EvidenceHold)).Held);
        using (var ready = await space.Authority.Client.GetAsync(new Uri("/health/ready", UriKind.Relative)))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        }

        var resumed = await Assert.ThrowsAsync<HttpRequestException>(() => space.Authority.PostAsync<LogHoldStatus>(AuthorityRoutes.EvidenceResumption, new LogContinuation(last)));
        Assert.Equal(HttpStatusCode.Conflict, resumed.StatusCode);
        var next = await space.Authority.PostAsync<LogHoldStatus>(AuthorityRoutes.EvidenceSuccession, new LogContinuation(last, "the disk was lost"));
        Assert.EndsWith("/test-space/2", next.Origin, StringComparison.Ordinal);
        foreach (var member in members)
        {
            var status = await AlarmAsync(member, LogAlarmKinds.OtherLog);
            await member.PostAsync<EvidenceStatus>(ManagementRoutes.EvidenceLogAcceptance, new LogAcceptance(status.Alarm!.Root!));
        }

        var books = await Books.CloseAsync(space, new Dictionary<string, int>());
        Assert.True(books.Problems.Count == 0, string.Join(Environment.NewLine, books.Problems));
        var page = await space.Authority.GetAsync<Page<EvidenceEntry>>(AuthorityRoutes.EvidenceEntriesPage(0, 1000));
        var follows = Assert.Single(page.Items, entry => entry.Kind == EvidenceKinds.LogSucceeded);
        Assert.Equal(size, follows.Data.GetProperty("before").GetProperty("size").GetInt64());
        Assert.Equal(size, follows.Data.GetProperty("kept").GetInt64() + follows.Data.GetProperty("lost").GetInt64());
        Assert.Equal(follows.Data.GetProperty("kept").GetInt64(), page.Items.ToList().IndexOf(follows));
    }

    [Fact]
    public async Task An_authority_restored_to_what_it_published_last_goes_on_with_its_log()
    {
        using var folder = new TempFolder();
        await using var space = await KillableSpace.StartAsync(LooksOften);
        await space.PublishAsync("one");
        var seen = await space.Provider.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence, wait: true);
        Assert.Equal(seen.Entries, seen.Logged);
        await space.Authority.KillAsync();
        await TdsAsync("backup", folder["backup"], "--folder", space.Authority.Folder);
        Directory.Delete(space.Authority.Folder, recursive: true);
        await TdsAsync("restore", folder["backup"], "--folder", space.Authority.Folder);
        await space.Authority.StartAsync();

        LogHoldStatus held = new("", true, 0, "");
        await space.Authority.UntilAsync("to go on with its log", async () => !(held = await space.Authority.GetAsync<LogHoldStatus>(AuthorityRoutes.EvidenceHold)).Held);
        var note = await space.Authority.Client.GetStringAsync(new Uri(AuthorityRoutes.EvidenceCheckpoint, UriKind.Relative));
        var succeeded = await Assert.ThrowsAsync<HttpRequestException>(() => space.Authority.PostAsync<LogHoldStatus>(AuthorityRoutes.EvidenceSuccession, new LogContinuation(note, "none")));
        Assert.Equal(HttpStatusCode.Conflict, succeeded.StatusCode);

        await space.PublishAsync("two");
        seen = await space.Provider.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence, wait: true);
        Assert.Equal((seen.Entries, null), (seen.Logged, seen.Alarm));
        Assert.Equal(held.Origin, seen.Log!.Origin);
    }

    private static async Task<EvidenceStatus> AlarmAsync(Member member, string kind)
    {
        var status = new EvidenceStatus { Entries = 0, Logged = 0 };
        await member.UntilAsync("to refuse the log: " + kind, async () => (status = await member.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence)).Alarm?.Kind == kind);
        return status;
    }

    private static async Task TdsAsync(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.True(await TdsCommand.RunAsync(arguments, output, error) == ExitCode.Ok, error.ToString());
    }
}
