using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Policy.Rego.Builtins;

namespace TrustedDataSpace.Conformance.Rego;

internal enum Outcome
{
    /// <summary>As OPA does.</summary>
    Passed,

    /// <summary>Refused: an error where OPA has a result. Safe, but incomplete.</summary>
    Refused,

    /// <summary>A result that differs from OPA's, or none where OPA has an error.</summary>
    Wrong,
}

internal sealed record CaseResult(ConformanceCase Case, Outcome Outcome, string Detail);

/// <summary>Runs one case as OPA's own harness does.</summary>
internal static class CaseRunner
{
    /// <summary>Far more than any case needs; a case that loops is stopped.</summary>
    private static readonly EvaluationLimits Limits = new() { MaxInstructions = 20_000_000 };

    /// <summary>OPA's harness adds <c>test.sleep</c> to let time pass in the midst of an evaluation.</summary>
    private static readonly BuiltinRegistry Builtins = BuiltinRegistry.Default.With(new("test.sleep", 1, call =>
    {
        SpinWait.SpinUntil(static () => false, TimeSpan.FromMicroseconds(GoDuration.Parse(call.Text(0)) / 1000));
        return RegoNull.Instance;
    }));

    public static CaseResult Run(ConformanceCase @case)
    {
        try
        {
            var input = @case.InputTerm is null ? @case.Input : ReadTerm(@case.InputTerm);
            var query = RegoCompiler.Compile(@case.Modules, @case.Data, Builtins).Query(@case.Query);
            var options = new EvaluationOptions { Limits = Limits, StrictBuiltinErrors = @case.StrictError };
            return Judge(@case, query.Evaluate(input, options));
        }
        catch (RegoCompileException error)
        {
            return new CaseResult(@case, Outcome.Refused, error.Message);
        }
        catch (RegoEvaluationException error)
        {
            return Judge(@case, error);
        }
    }

    private static RegoValue ReadTerm(string term) =>
        RegoCompiler.Compile([], RegoObject.Empty).Query("x = " + term).Evaluate(null)[0]["x"]!;

    private static CaseResult Judge(ConformanceCase @case, IReadOnlyList<RegoObject> solutions)
    {
        var got = solutions.Select(solution => Normalize(solution, @case.SortBindings)).ToHashSet();
        var shown = string.Join("; ", got);
        if (@case.WantResult is null)
        {
            return new CaseResult(@case, Outcome.Wrong, $"expected error {@case.WantErrorCode} {@case.WantError}, got {shown}");
        }

        var want = @case.WantResult.Select(solution => Normalize(solution, @case.SortBindings)).ToHashSet();
        return got.SetEquals(want)
            ? new CaseResult(@case, Outcome.Passed, "")
            : new CaseResult(@case, Outcome.Wrong, $"expected {string.Join("; ", want)}, got {shown}");
    }

    private static CaseResult Judge(ConformanceCase @case, RegoEvaluationException error)
    {
        if (@case.WantResult is not null)
        {
            return new CaseResult(@case, Outcome.Refused, error.Message);
        }

        var isExpected = (@case.WantErrorCode is null || @case.WantErrorCode == error.Code) &&
            (@case.WantError is null || error.Message.Contains(@case.WantError, StringComparison.Ordinal));
        return isExpected
            ? new CaseResult(@case, Outcome.Passed, "")
            : new CaseResult(@case, Outcome.Refused, $"expected error {@case.WantErrorCode} {@case.WantError}, got {error.Message}");
    }

    /// <summary>Results are compared as JSON: sets are arrays, keys are text.</summary>
    private static RegoValue Normalize(RegoValue value, bool sort)
    {
        var json = RegoValue.ParseJson(value.ToJsonString());
        return sort && json is RegoObject bindings
            ? new RegoObject(bindings.Entries.Select(entry => KeyValuePair.Create(entry.Key, Sorted(entry.Value))))
            : json;
    }

    private static RegoValue Sorted(RegoValue value) =>
        value is RegoArray array ? new RegoArray(new RegoSet(array).Items) : value;
}
