using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Testing;
using Xunit;
using static TrustedDataSpace.Authority.Tests.Evidence.RestoredAuthority;

namespace TrustedDataSpace.Authority.Tests.Evidence;

/// <summary>Faults that the log must outlive without a fork, a gap, or the loss of what it has acknowledged.</summary>
public sealed class LogFaultTests
{
    [Fact]
    public async Task A_clock_that_jumps_makes_no_fork_and_no_gap_and_checkpoints_only_grow()
    {
        await using var space = await RestoredAuthority.StartAsync();
        var last = Read(space.Published);
        foreach (var jump in new[] { TimeSpan.FromDays(-400), TimeSpan.FromHours(3), TimeSpan.FromDays(600), TimeSpan.FromSeconds(-1), TimeSpan.FromDays(-20) })
        {
            space.Authority.Clock.Advance(jump);
            await space.Authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForSuspension(space.Bob.Id), AuthorityUnderTest.Operator);
            await space.Authority.OkAsync<Participant>(HttpMethod.Post, AuthorityRoutes.ForAdmission(space.Bob.Id), AuthorityUnderTest.Operator);
            var receipt = await space.AppendAsync(space.Alice, 130);
            await space.SettleAsync();

            var next = Read(space.Published);
            Assert.True(next.Size >= last.Size + 132);
            Assert.Equal(last.Origin, next.Origin);
            var proof = await space.Authority.OkAsync<ConsistencyProof>(HttpMethod.Get, AuthorityRoutes.ConsistencyBetween(last.Size, next.Size), AuthorityUnderTest.Operator);
            Assert.True(proof.Verify(last.RootHash(), next.RootHash()));
            Assert.True(receipt.FirstIndex >= last.Size);
            last = next;
        }

        // The ids go on rising, so that what happened later also stands behind what happened before.
        var own = space.Authority.Trail.Placed("", 1000);
        Assert.Equal(own.Select(one => one.Index).Order(), own.Select(one => one.Index));
        await space.StopAsync();
        Assert.Equal((last.Size, 0), (LogCheck.Run(space.Data).Entries, LogCheck.Run(space.Data).Faults.Count));
    }

    [Fact]
    public async Task Two_processes_on_one_folder_whose_lock_was_taken_away_write_one_log()
    {
        const int Each = 40;
        using var folder = new TempFolder();
        var last = 0L;
        await using (var one = await LogUnderTest.StartAsync(folder))
        {
            // As on a file system that knows no locks, or by a hand that knows better.
            File.Delete(Path.Combine(folder["data"], "tds.lock"));
            await using var other = await LogUnderTest.StartAsync(folder);
            var writers = new[] { (Log: one, From: 0), (Log: other, From: 100_000) }.Select(writer => Task.Run(async () =>
            {
                var places = new List<(long Place, int Number)>();
                for (var i = 0; i < Each; i++)
                {
                    var leaves = Enumerable.Range(writer.From + (i * 10), 10).Select(LogUnderTest.Leaf).ToList();
                    var (first, count) = await writer.Log.Database.WriteAsync(unit => writer.Log.Log.Append(unit, leaves));
                    places.AddRange(Enumerable.Range(0, count).Select(at => (first + at, writer.From + (i * 10) + at)));
                }

                return places;
            }));
            var places = (await Task.WhenAll(writers).Within("both to write")).SelectMany(part => part).OrderBy(place => place.Place).ToList();

            // Every place once, and one root over them, whoever publishes it.
            Assert.Equal(Enumerable.Range(0, 2 * Each * 10).Select(place => (long)place), places.Select(place => place.Place));
            last = places.Count;
            var root = Convert.ToBase64String(MerkleTree.Root([.. places.Select(place => LogUnderTest.Leaf(place.Number).Hash)]));
            foreach (var log in new[] { one, other })
            {
                log.Log.Appended.Set();
                await log.Publisher.WaitAsync(last, CancellationToken.None);
                Assert.Equal((last, root), (log.Publisher.Latest.Size, log.Publisher.Latest.Root));
            }
        }

        await using var again = await LogUnderTest.StartAsync(folder);
        Assert.Equal(last, again.Publisher.Latest.Size);
        var roots = again.Database.Read(connection => connection.Query<(long Size, string Root)>("SELECT size, root FROM log_checkpoints").ToList());
        Assert.All(roots, checkpoint => Assert.Equal(checkpoint.Root, Convert.ToBase64String(new TileTree(last, again.Files.Read).Root(0, checkpoint.Size))));
    }

    [Fact]
    public async Task Own_evidence_waits_while_a_tile_cannot_be_read_and_the_service_goes_on()
    {
        await using var space = await RestoredAuthority.StartAsync();
        await space.AppendAsync(space.Alice, 300);
        var tile = space.Authority.Service<LogFiles>().PathOf(new TilePath(0, 0, TilePath.FullWidth));
        File.Move(tile, tile + ".away");

        // An entry that is to be logged again is looked up in its tile.
        await space.Authority.Database.WriteAsync(unit => unit.Execute("UPDATE evidence_trail SET log_index = NULL WHERE log_index = 0"));
        var log = new FirstWord();
        using var worker = ActivatorUtilities.CreateInstance<OwnEvidenceLogger>(space.Authority.Service<IServiceProvider>(), log);
        await worker.StartAsync(CancellationToken.None);
        Assert.IsType<InvalidDataException>(await log.Said.Within("the worker to say what is wrong"));
        Assert.False(worker.ExecuteTask!.IsCompleted);
        File.Move(tile + ".away", tile);

        Assert.True(await space.Authority.Database.WaitUntilAsync(() => space.Authority.Trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));
        await worker.StopAsync(CancellationToken.None);
    }

    private sealed class FirstWord : ILogger<OwnEvidenceLogger>
    {
        private readonly TaskCompletionSource<Exception?> said = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Exception?> Said => said.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => said.TrySetResult(exception);
    }
}
