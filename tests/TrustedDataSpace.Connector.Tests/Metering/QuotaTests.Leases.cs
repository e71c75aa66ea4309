using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

/// <content>Leases that are renewed while they are used.</content>
public sealed partial class QuotaTests
{
    [Fact]
    public void The_next_lease_is_asked_for_when_twice_as_much_is_left_as_is_taken_until_it_comes()
    {
        var counter = new QuotaCounter(Count(100_000), clock.GetUtcNow(), 0) { Leased = 64 };

        // Nothing is known at first: at a half.
        Assert.Equal(31, LeftWhenLow());

        // Nobody takes while it is stored: at an eighth, after a while.
        for (var i = 0; i < 40; i++)
        {
            Renew(takenMeanwhile: 0);
        }

        Assert.Equal(7, LeftWhenLow());
        Renew(takenMeanwhile: 10);
        Assert.Equal(19, LeftWhenLow());

        // One that came sooner says little.
        Renew(takenMeanwhile: 0);
        Assert.Equal(15, LeftWhenLow());

        // Many do: at a half, and never sooner.
        Renew(takenMeanwhile: 50);
        Assert.Equal(31, LeftWhenLow());

        void Renew(int takenMeanwhile)
        {
            counter.Ask();
            counter.Used += takenMeanwhile;
            counter.Leased = counter.Used + 64;
            counter.Got();
        }

        long LeftWhenLow()
        {
            while (!counter.RunsLow)
            {
                counter.Used++;
            }

            return counter.Leased - counter.Used;
        }
    }

    [Fact]
    public async Task Leases_are_renewed_also_while_the_database_is_busy()
    {
        var (meter, _) = await StartAsync();
        await meter.ReserveAsync(Flow, Claim, [Count(100_000)]);
        using var free = new ManualResetEventSlim();
        var busy = database.WriteAsync(_ => free.Wait(Deadline.Limit));
        try
        {
            for (var i = 2; i <= 1_000; i++)
            {
                Assert.Equal(i, (await meter.ReserveAsync(Flow, Claim, [Count(100_000)]).AsTask().WaitAsync(Deadline.Limit)).Used);
            }
        }
        finally
        {
            free.Set();
            await busy;
        }

        // A loss of power now: no more than one lease is gone, and none of the uses.
        await meter.BringUpToDateAsync();
        await database.WriteAsync(unit => unit.Execute("UPDATE usage_journal SET boot = 'an earlier one'"));
        var (next, _) = await StartAsync();
        Assert.InRange((await next.ReserveAsync(Flow, Claim, [Count(100_000)])).Used, 1_001, 1_001 + 64);
    }

    [Fact]
    public async Task Where_there_is_no_room_beside_the_table_leases_are_renewed_in_it()
    {
        var (meter, _) = await StartAsync();
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i <= LeaseFile.Places; i++)
        {
            var last = i == LeaseFile.Places;
            Assert.True(journals[^1].Leases.TryKeep("another" + i, () => [new Lease("count", 0, 1)], (_, _) => Told(last)));
        }

        await full.Task.WaitAsync(Deadline.Limit);
        for (var i = 1; i <= 300; i++)
        {
            Assert.Equal(i, (await meter.ReserveAsync(Flow, Claim, [Count(100_000)]).AsTask().WaitAsync(Deadline.Limit)).Used);
        }

        Assert.InRange(await StoredAsync("count"), 300, 300 + 64);

        void Told(bool last)
        {
            if (last)
            {
                full.SetResult();
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_waits_for_a_renewal_is_told_whether_there_was_something_to_renew(bool wanted)
    {
        var count = new AgreementCount("a", 0, [], [], 0);
        Assert.True(count.BeginRenewal());
        var waiting = count.RenewalAsync();
        Assert.False(waiting.IsCompleted);
        count.EndRenewal(wanted);
        Assert.Equal(wanted, await waiting.Within("the renewal"));
        Assert.Equal(wanted, await count.RenewalAsync().Within("the last renewal"));
    }

    [Fact]
    public async Task After_another_start_of_the_machine_leases_count_that_only_the_file_beside_the_table_has()
    {
        var (meter, _) = await StartAsync();
        for (var i = 0; i < 40; i++)
        {
            await meter.ReserveAsync(Flow, Claim, [Count(100_000)]);
        }

        await meter.BringUpToDateAsync();
        using var free = new ManualResetEventSlim();
        var busy = database.WriteAsync(_ => free.Wait(Deadline.Limit));
        for (var i = 0; i < 100; i++)
        {
            await meter.ReserveAsync(Flow, Claim, [Count(100_000)]);
        }

        free.Set();
        await busy;

        // Of the journal, all behind the table is lost.
        await database.WriteAsync(unit => unit.Execute("UPDATE usage_journal SET boot = 'an earlier one'"));
        journals[^1].Dispose();
        File.Delete(folder["data/usage-journal.0"]);
        File.Delete(folder["data/usage-journal.1"]);
        var (next, _) = await StartAsync();
        Assert.InRange((await next.ReserveAsync(Flow, Claim, [Count(100_000)])).Used, 141, 141 + 64);
    }
}
