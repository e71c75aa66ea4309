namespace TrustedDataSpace.Hosting.Configuration;

/// <summary>
/// A clock that can be set and then runs on at normal speed, shared by all services of a demonstration so that it shows the same
/// at any hour. Timers and time stamps for durations stay those of the machine.
/// </summary>
public sealed class SettableClock : TimeProvider
{
    private long offsetTicks;

    /// <summary>Sets the present time.</summary>
    public void Set(DateTimeOffset now) => Interlocked.Exchange(ref offsetTicks, (now - System.GetUtcNow()).Ticks);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref offsetTicks));
}
