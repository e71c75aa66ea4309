using TrustedDataSpace.Policy.Rego.Tracing;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>What one evaluation may use before it is stopped.</summary>
public sealed record EvaluationLimits
{
    /// <summary>Rule evaluations, calls and iterations together. Default: ten million.</summary>
    public long MaxInstructions { get; init; } = 10_000_000;
}

/// <summary>How to evaluate a query.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The options used when none are given.</summary>
    public static readonly EvaluationOptions Default = new();

    /// <summary>What the evaluation may use.</summary>
    public EvaluationLimits Limits { get; init; } = new();

    /// <summary>Where the time builtins read the clock, once per evaluation.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>What <c>rand.intn</c> and <c>uuid.rfc4122</c> draw from, to repeat an evaluation exactly; a fresh random key if empty.</summary>
    public ReadOnlyMemory<byte> RandomKey { get; init; }

    /// <summary>Whether an error in a builtin ends the evaluation; without it the call is undefined, as in OPA.</summary>
    public bool StrictBuiltinErrors { get; init; }

    /// <summary>Who hears of the evaluation; only a program that was compiled to be traced tells anything.</summary>
    internal Tracer? Tracer { get; init; }
}
