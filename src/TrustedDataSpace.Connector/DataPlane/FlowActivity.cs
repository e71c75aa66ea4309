namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What happens in one flow, for those who watch. Safe for concurrent use.</summary>
internal sealed class FlowActivity
{
    private long requests;
    private long denied;
    private long cut;
    private long bytes;
    private long decisions;
    private long reused;
    private int listed;
    private volatile Rate rate = new(0, 0, 0, 0, 0);

    public long Requests => Volatile.Read(ref requests);

    public long Denied => Volatile.Read(ref denied);

    public long Cuts => Volatile.Read(ref cut);

    public long Bytes => Volatile.Read(ref bytes);

    public long Decisions => Volatile.Read(ref decisions);

    public long Reused => Volatile.Read(ref reused);

    /// <summary>Requests and bytes per second in the last whole span.</summary>
    public (double Requests, double Bytes) PerSecond => (rate.RequestsPerSecond, rate.BytesPerSecond);

    public void Delivered(long count, bool wasCut)
    {
        Interlocked.Increment(ref requests);
        Interlocked.Add(ref bytes, count);
        if (wasCut)
        {
            Interlocked.Increment(ref cut);
        }
    }

    public void Refused() => Interlocked.Increment(ref denied);

    public void Decided(bool again) => Interlocked.Increment(ref again ? ref reused : ref decisions);

    /// <summary>Whether the caller is to have it sampled from now on.</summary>
    public bool Enlist() => Volatile.Read(ref listed) == 0 && Interlocked.Exchange(ref listed, 1) == 0;

    /// <summary>Ends a span.</summary>
    /// <param name="now">Seconds, of a clock that only goes forward.</param>
    /// <returns>Whether something happened in it; else it is not sampled again until something does.</returns>
    public bool Sample(double now)
    {
        var last = rate;
        var (count, volume) = (Requests, Bytes);
        var span = last.At > 0 ? now - last.At : 0;
        rate = new Rate(now, count, volume, span > 0 ? (count - last.Requests) / span : 0, span > 0 ? (volume - last.Bytes) / span : 0);
        if (count != last.Requests || volume != last.Bytes)
        {
            return true;
        }

        Volatile.Write(ref listed, 0);
        return false;
    }

    private sealed record Rate(double At, long Requests, long Bytes, double RequestsPerSecond, double BytesPerSecond);
}
