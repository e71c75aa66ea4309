namespace TrustedDataSpace.Policy.Rego.Tracing;

/// <summary>Hears of one evaluation of a traced plan. Used by one thread.</summary>
internal abstract class Tracer
{
    /// <summary>A definition or a condition is tried.</summary>
    public abstract void Begin(TraceProbe probe);

    /// <summary>It is over; <paramref name="values"/> tells what stands in it.</summary>
    public virtual void End(TraceProbe probe, Func<IReadOnlyList<TraceValue>> values)
    {
    }

    /// <summary>The condition that was tried last holds; what follows it comes next. The result is for <see cref="Resume"/>.</summary>
    public virtual TraceNode? Holds() => null;

    /// <summary>What follows the condition is done; it is asked for its next solution.</summary>
    public virtual void Resume(TraceNode? condition)
    {
    }

    /// <summary>The body of a definition holds.</summary>
    public abstract void Gives(TraceProbe head, Func<RegoValue?> value);
}

/// <summary>Notes which places were reached.</summary>
internal sealed class CoverageTracer : Tracer
{
    private readonly HashSet<TraceProbe> reached = new(ReferenceEqualityComparer.Instance);

    public bool Reached(TraceProbe probe) => reached.Contains(probe);

    public override void Begin(TraceProbe probe) => reached.Add(probe);

    public override void Gives(TraceProbe head, Func<RegoValue?> value) => reached.Add(head);
}
