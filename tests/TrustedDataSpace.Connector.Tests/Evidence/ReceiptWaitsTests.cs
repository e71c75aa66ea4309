using TrustedDataSpace.Connector.Evidence;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Evidence;

/// <summary>Whoever waits for a receipt goes on with it, and only with it.</summary>
public sealed class ReceiptWaitsTests : IAsyncLifetime
{
    private TestSpace space = null!;
    private TestConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
    }

    [Fact]
    public async Task A_receipt_ends_the_wait_for_its_entries_and_for_no_others()
    {
        var waits = connector.Service<ReceiptWaits>();
        var (trail, database) = (connector.Service<EvidenceTrail>(), connector.Service<Database>());
        var (entry, receipt) = await database.WriteAsync(unit =>
        {
            var written = trail.Append(unit, EvidenceKinds.ReleaseAnnounced, new { sequence = 1 });
            return (written, waits.Expect(unit, written.Id));
        });
        var other = await database.WriteAsync(unit => waits.Expect(unit, "an entry that no batch has"));

        await receipt.Within("the receipt");
        Assert.Contains(trail.Placed("", 1_000), one => one.Entry.Id == entry.Id && one.Index is not null);
        Assert.False(other.IsCompleted);
    }

    [Fact]
    public async Task A_wait_of_a_unit_of_work_that_is_lost_is_none()
    {
        var waits = connector.Service<ReceiptWaits>();
        await Assert.ThrowsAsync<InvalidDataException>(() => connector.Service<Database>().WriteAsync(unit =>
        {
            for (var i = 0; i < ReceiptWaits.MostWaiting; i++)
            {
                waits.Expect(unit, $"entry {i}");
            }

            Assert.NotNull(waits.Silence());
            throw new InvalidDataException();
        }));
        Assert.Null(waits.Silence());
    }

    [Fact]
    public void A_log_is_silent_when_it_has_failed_for_a_while_and_no_more_when_it_answers()
    {
        var clock = new StampClock();
        using var waits = new ReceiptWaits(clock);
        waits.Silent("no route");
        Assert.Null(waits.Silence());
        clock.Stamp += clock.TimestampFrequency;
        waits.Silent("still no route");
        Assert.Equal("still no route", waits.Silence());
        waits.Answered();
        Assert.Null(waits.Silence());
    }

    private sealed class StampClock : TimeProvider
    {
        public long Stamp { get; set; }

        public override long GetTimestamp() => Stamp;
    }
}
