using System.Diagnostics;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Long work beside requests rests twice as long as it worked, so that it takes no more than a third of one processor; of two, without rests,
/// it would take one for as long as it lasts. Not for a thread of the pool. For one piece of work; not safe to share between threads.
/// </summary>
/// <param name="stopping">Cancelled when nobody has to be spared any longer.</param>
internal sealed class WorkPace(CancellationToken stopping)
{
    /// <summary>In all it rests no longer than this: the next interval is over in a minute.</summary>
    public static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LeastWork = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MostAtOnce = TimeSpan.FromMilliseconds(8);

    private long since = Stopwatch.GetTimestamp();

    /// <summary>How long it has rested so far.</summary>
    public TimeSpan Rested { get; private set; }

    /// <summary>Rests, if it is time.</summary>
    public void Pass()
    {
        var worked = Stopwatch.GetElapsedTime(since);
        if (worked < LeastWork || Rested >= LongestRest || stopping.IsCancellationRequested)
        {
            return;
        }

        var rest = 2 * worked < MostAtOnce ? 2 * worked : MostAtOnce;
        stopping.WaitHandle.WaitOne(rest);
        Rested += rest;
        since = Stopwatch.GetTimestamp();
    }
}
