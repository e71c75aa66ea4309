using System.Net;
using System.Text;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Evidence;

/// <summary>An authority with two members that loses its disk and comes back from a backup; the members keep what connectors keep.</summary>
internal sealed class RestoredAuthority : IAsyncDisposable
{
    private readonly TempFolder folder = new();
    private readonly ManualClock clock = new();
    private bool stopped;
    private readonly Dictionary<string, List<(EvidenceBatch Batch, EvidenceReceipt Receipt)>> kept = [];

    public AuthorityUnderTest Authority { get; private set; } = null!;

    public TestMember Alice { get; private set; } = null!;

    public TestMember Bob { get; private set; } = null!;

    /// <summary>The last checkpoint that was published.</summary>
    public string Published { get; private set; } = "";

    /// <summary>The authority's own entries that Alice has kept.</summary>
    public List<SealedEntry> Copies { get; } = [];

    public string Data => folder["data"];

    public static async Task<RestoredAuthority> StartAsync()
    {
        var space = new RestoredAuthority();
        space.Authority = await AuthorityUnderTest.StartAsync(space.folder, space.clock);
        (space.Alice, space.Bob) = (await space.Authority.JoinAsync("alice"), await space.Authority.JoinAsync("bob"));
        await space.SettleAsync();
        return space;
    }

    public static List<EvidenceEntry> Entries(TestMember source, int count) => [.. Enumerable.Range(0, count).Select(number => new EvidenceEntry
    {
        Id = Guid.CreateVersion7().ToString("n"), Time = DateTimeOffset.UnixEpoch, Source = source.Id, Kind = EvidenceKinds.TransferStarted, Data = ProtocolJson.ToElement(new { number, text = "电网" }),
    })];

    public async Task<EvidenceReceipt> AppendAsync(TestMember member, int count)
    {
        var batch = EvidenceBatch.Create(Entries(member, count), member.Key);
        var receipt = await Authority.OkAsync<EvidenceReceipt>(HttpMethod.Post, AuthorityRoutes.EvidenceBatches, await Authority.TokenAsync(member), batch);
        kept.TryAdd(member.Id, []);
        kept[member.Id].Add((batch, receipt));
        return receipt;
    }

    /// <summary>Waits until the authority's own entries are in the log; keeps the checkpoint and, as a witness does, sealed copies of them.</summary>
    public async Task SettleAsync()
    {
        Assert.True(await Authority.Database.WaitUntilAsync(() => Authority.Trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));
        Published = await CheckpointAsync();
        var token = await Authority.TokenAsync(Alice);
        for (var from = Copies.Count == 0 ? 0 : Copies[^1].Index + 1; ;)
        {
            var page = await Authority.OkAsync<Page<SealedEntry>>(HttpMethod.Get, AuthorityRoutes.CopiesBetween(from, long.MaxValue), token);
            Copies.AddRange(page.Items);
            if (page.Next is null)
            {
                return;
            }

            from = long.Parse(page.Next, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    public async Task<string> CheckpointAsync()
    {
        using var answer = await Authority.SendAsync(HttpMethod.Get, AuthorityRoutes.EvidenceCheckpoint, AuthorityUnderTest.Operator);
        return Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync());
    }

    public static Checkpoint Read(string note) => Checkpoint.Parse(note[..(note.IndexOf("\n\n", StringComparison.Ordinal) + 1)]);

    public void Backup(string name) => DataBackup.Create(Data, folder[name], TimeProvider.System.GetUtcNow());

    /// <summary>Loses the disk, and starts from a backup. The master key was kept apart.</summary>
    public async Task RestoreAsync(string name)
    {
        await StopAsync();
        Directory.Delete(Data, recursive: true);
        DataBackup.Restore(folder[name], Data);
        await StartAgainAsync();
    }

    public async Task StopAsync()
    {
        await Authority.DisposeAsync();
        stopped = true;
    }

    public async Task StartAgainAsync()
    {
        Authority = await AuthorityUnderTest.StartAsync(folder, clock);
        stopped = false;
    }

    public Task<LogHoldStatus> HoldAsync() => Authority.OkAsync<LogHoldStatus>(HttpMethod.Get, AuthorityRoutes.EvidenceHold, AuthorityUnderTest.Operator);

    public async Task<LogCollectionStatus> WantedAsync(TestMember member) =>
        await Authority.OkAsync<LogCollectionStatus>(HttpMethod.Get, AuthorityRoutes.EvidenceReturns, await Authority.TokenAsync(member));

    public async Task<HttpStatusCode> ReturnAsync(TestMember member, LogReturn part)
    {
        using var answer = await Authority.SendAsync(HttpMethod.Post, AuthorityRoutes.EvidenceReturns, await Authority.TokenAsync(member), part);
        return answer.StatusCode;
    }

    /// <summary>What a member has of that: its batches behind a size.</summary>
    public IReadOnlyList<ReturnedBatch> Of(TestMember member, long from) => [.. kept[member.Id].Where(one => one.Receipt.FirstIndex >= from).Select(one => new ReturnedBatch(one.Batch, [], one.Receipt.Proof, one.Receipt.Checkpoint))];

    /// <summary>A member hands back all that it has, with the authority's own entries if it is Alice.</summary>
    public async Task HandBackAsync(TestMember member)
    {
        // As connectors do: of another log, the checkpoint alone.
        var wanted = await WantedAsync(member);
        var from = wanted.Origin == Read(Published).Origin ? wanted.From : long.MaxValue;
        foreach (var batch in Of(member, from))
        {
            Assert.Equal(HttpStatusCode.OK, await ReturnAsync(member, new LogReturn(Published, batch)));
        }

        foreach (var page in member == Alice ? Copies.Where(copy => copy.Index >= from).Chunk(LogReturn.MaxOwn) : [])
        {
            Assert.Equal(HttpStatusCode.OK, await ReturnAsync(member, new LogReturn(Published, Own: page)));
        }

        Assert.Equal(HttpStatusCode.OK, await ReturnAsync(member, new LogReturn(Published, Complete: true)));
        if (await HoldAsync() is { Held: false, Size: var size })
        {
            await Authority.Service<LogPublisher>().WaitAsync(size, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!stopped)
        {
            await Authority.DisposeAsync();
        }

        folder.Dispose();
    }
}
