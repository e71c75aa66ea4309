using System.Runtime.CompilerServices;

namespace TrustedDataSpace.Policy.Rego.Evaluation;

/// <summary>The state of one evaluation of a query; used by one thread, once.</summary>
internal sealed class Evaluation
{
    private const int CancellationInterval = 1024;

    private readonly CancellationToken cancellation;
    private readonly EvaluationOptions options;
    private readonly int ruleCount;
    private long budget;
    private RegoNumber? now;

    public Evaluation(RegoValue? input, RegoValue data, int ruleCount, EvaluationOptions options, CancellationToken cancellation)
    {
        this.cancellation = cancellation;
        this.options = options;
        this.ruleCount = ruleCount;
        budget = options.Limits.MaxInstructions;
        Scope = new EvaluationScope(null, input, data, ruleCount);
        cancellation.ThrowIfCancellationRequested();
    }

    public EvaluationScope Scope { get; set; }

    public bool StrictBuiltinErrors => options.StrictBuiltinErrors;

    /// <summary>Nanoseconds since 1970, the same for the whole evaluation.</summary>
    public RegoNumber Now => now ??= new RegoNumber((options.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);

    public EvaluationScope NewScope() => new(Scope, Scope.Input, Scope.Data, ruleCount);

    /// <summary>Accounts for one step; throws when the budget is used up or the caller has cancelled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Spend(SourceLocation location = default)
    {
        if ((--budget & (CancellationInterval - 1)) == 0)
        {
            Check(location);
        }
    }

    /// <summary>Accounts for work whose size is known before it is done.</summary>
    public void Spend(long instructions)
    {
        budget -= instructions;
        Check(default);
    }

    /// <summary>Guards a call: the depth of calls is bounded by the program, but the stack may be small.</summary>
    public void Enter(SourceLocation location)
    {
        Spend(location);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new RegoEvaluationException(RegoEvaluationException.Budget, "the rules call each other too deeply for the stack", location);
        }
    }

    /// <summary>A part of <c>data</c> that may hold rules: the value, or a cursor to go deeper.</summary>
    public RegoValue? Descend(DocumentCursor cursor, RegoValue key)
    {
        var child = cursor.Node.Child(key);
        var below = cursor.Base?.Lookup(key);
        return child is null || Scope.Replaces(child.Keys) ? below : child.Open(this, below);
    }

    private void Check(SourceLocation location)
    {
        cancellation.ThrowIfCancellationRequested();
        if (budget <= 0)
        {
            throw new RegoEvaluationException(
                RegoEvaluationException.Budget, $"the evaluation needs more than {options.Limits.MaxInstructions} instructions", location);
        }
    }
}
