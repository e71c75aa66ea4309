namespace TrustedDataSpace.Testing;

/// <summary>A clock that stands still until the test moves it. Timers stay those of the machine.</summary>
public sealed class ManualClock(DateTimeOffset now) : TimeProvider
{
    private long ticks = now.UtcTicks;

    /// <summary>The usual start of tests: 2026-05-12T00:00:00Z.</summary>
    public ManualClock()
        : this(new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

    /// <summary>Moves it, forwards or backwards.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);
}
