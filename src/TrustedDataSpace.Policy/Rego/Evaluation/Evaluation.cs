using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Rego.Evaluation;

/// <summary>
/// The state of one evaluation of a query; used by one thread at a time. What it has allocated serves the next evaluation, too; nothing
/// that belongs to an input outlives <see cref="End"/>.
/// </summary>
internal sealed class Evaluation
{
    private const int CancellationInterval = 1024;

    /// <summary>Results up to this size are covered by the instruction that makes them.</summary>
    private const int FreeSize = 64;

    /// <summary>Patterns kept for the next evaluation.</summary>
    private const int MostPatterns = 256;

    /// <summary>
    /// In bytes: so much further down, the stack is looked at again. Half of what the runtime is asked to have in reserve
    /// (<see cref="RuntimeHelpers.TryEnsureSufficientExecutionStack"/>: 64 KiB at least).
    /// </summary>
    private const int StackBetweenChecks = 32 * 1024;

    private readonly int ruleCount;
    private readonly EvaluationScope root;
    private RegoValue?[]?[] frames = new RegoValue?[]?[16];
    private int depth;
    private int deepest;

    /// <summary>Down to this address the stack is known to suffice.</summary>
    private nint safeDownTo;
    private CancellationToken cancellation;
    private EvaluationOptions options = EvaluationOptions.Default;
    private long budget;
    private RegoNumber? now;
    private byte[]? randomKey;
    private Dictionary<string, Regex>? patterns;

    public Evaluation(RegoValue data, int ruleCount)
    {
        this.ruleCount = ruleCount;
        Scope = root = new EvaluationScope(null, null, data, ruleCount);
    }

    public EvaluationScope Scope { get; set; }

    /// <summary>Hears of the evaluation, if the program was compiled to be traced.</summary>
    public Tracer? Tracer { get; set; }

    /// <summary>The instructions that are left.</summary>
    public long Budget => budget;

    public bool StrictBuiltinErrors => options.StrictBuiltinErrors;

    /// <summary>
    /// Whether results may outlive the evaluation: nothing is replaced, and none is undefined for a builtin that failed, which would be an error
    /// elsewhere.
    /// </summary>
    public bool MayKeep => StrictBuiltinErrors && Scope is { ReplacedPaths: null, ReplacedFunctions: null };

    /// <summary>Nanoseconds since 1970, the same for the whole evaluation.</summary>
    public RegoNumber Now => now ??= new RegoNumber((options.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);

    /// <summary>What the random builtins draw from: the same arguments give the same value throughout the evaluation.</summary>
    public byte[] RandomKey => randomKey ??= options.RandomKey.IsEmpty ? RandomNumberGenerator.GetBytes(32) : options.RandomKey.ToArray();

    /// <summary>A compiled pattern.</summary>
    public Regex Pattern(string text, Func<string, Regex> compile)
    {
        patterns ??= [];
        if (!patterns.TryGetValue(text, out var pattern))
        {
            pattern = compile(text);
            if (patterns.Count == MostPatterns)
            {
                patterns.Clear();
            }

            patterns.Add(text, pattern);
        }

        return pattern;
    }

    public void Begin(RegoValue? input, EvaluationOptions with, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        (options, cancellation, budget) = (with, ct, with.Limits.MaxInstructions);
        Tracer = with.Tracer;
        safeDownTo = nint.MaxValue;
        root.Input = input;
    }

    /// <summary>After an evaluation that has not thrown.</summary>
    public void End()
    {
        for (var i = 0; i < deepest; i++)
        {
            Array.Clear(frames[i]!);
        }

        (deepest, now, randomKey, cancellation, Tracer) = (0, null, null, default, null);
        root.Clear();
    }

    /// <summary>A frame of at least this size. Its slots hold anything: a plan reads none that it has not written.</summary>
    public RegoValue?[] Rent(int size)
    {
        if (depth == frames.Length)
        {
            Array.Resize(ref frames, depth * 2);
        }

        var frame = frames[depth];
        if (frame is null || frame.Length < size)
        {
            frames[depth] = frame = new RegoValue?[Math.Max(size, 16)];
        }

        deepest = Math.Max(deepest, ++depth);
        return frame;
    }

    /// <summary>Gives back the frame that was rented last.</summary>
    public void Return(RegoValue?[] frame)
    {
        depth--;
        System.Diagnostics.Debug.Assert(ReferenceEquals(frames[depth], frame), "Frames are returned in the reverse order.");
    }

    public EvaluationScope NewScope() => new(Scope, Scope.Input, Scope.Data, ruleCount);

    /// <summary>Accounts for one step; throws when the budget is used up or the caller has cancelled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Spend(in SourceLocation location = default)
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

    /// <summary>Accounts for a large result, so that doubling again and again is stopped before memory is exhausted.</summary>
    public void SpendOn(RegoValue? result)
    {
        var size = result switch
        {
            RegoArray array => array.Count,
            RegoSet set => set.Count,
            RegoObject @object => @object.Count,
            RegoString text => text.Value.Length / 16,
            RegoNumber { IsSmall: false } number => MultiplicationCost(number),
            _ => 0,
        };
        if (size > FreeSize)
        {
            Spend(size);
        }
    }

    /// <summary>The work of multiplying grows faster than the length of the numbers.</summary>
    private static long MultiplicationCost(RegoNumber number)
    {
        var words = number.Magnitude / 64;
        return words * Math.Max(1, words / 64);
    }

    /// <summary>Guards a level of recursion inside a builtin.</summary>
    public void Descend()
    {
        Spend();
        RefuseDeepStack(default, RuntimeHelpers.TryEnsureSufficientExecutionStack());
    }

    /// <summary>Guards a call: the depth of calls is bounded by the program, but the stack may be small.</summary>
    public void Enter(in SourceLocation location)
    {
        Spend(location);
        byte here = 0;
        var address = Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref here);
        if (address < safeDownTo)
        {
            RefuseDeepStack(location, RuntimeHelpers.TryEnsureSufficientExecutionStack());
            safeDownTo = address - StackBetweenChecks;
        }
    }

    private static void RefuseDeepStack(in SourceLocation location, bool isSufficient)
    {
        if (!isSufficient)
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

    private void Check(in SourceLocation location)
    {
        cancellation.ThrowIfCancellationRequested();
        if (budget <= 0)
        {
            throw new RegoEvaluationException(
                RegoEvaluationException.Budget, $"the evaluation needs more than {options.Limits.MaxInstructions} instructions", location);
        }
    }
}
