using System.Diagnostics;
using TrustedDataSpace.Connector.Metering;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Metering;

public sealed class WorkPaceTests
{
    [Fact]
    public void Who_has_worked_rests_for_longer_than_that_but_not_for_long()
    {
        var pace = new WorkPace(CancellationToken.None);
        pace.Pass();
        var before = pace.Rested;
        Work(milliseconds: 2);
        pace.Pass();
        Assert.InRange(pace.Rested - before, TimeSpan.FromMilliseconds(4), TimeSpan.FromMilliseconds(8));
    }

    [Fact]
    public void When_the_service_stops_nobody_is_spared()
    {
        using var stopping = new CancellationTokenSource();
        var pace = new WorkPace(stopping.Token);
        stopping.Cancel();
        Work(milliseconds: 2);
        pace.Pass();
        Assert.Equal(TimeSpan.Zero, pace.Rested);
    }

    private static void Work(int milliseconds)
    {
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since).TotalMilliseconds < milliseconds)
        {
        }
    }
}
