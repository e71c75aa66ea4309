using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Policy.Tests.Rego;

/// <summary>Short ways to evaluate Rego text.</summary>
internal static class Evaluate
{
    /// <summary>The JSON of <c>data.test.p</c>, or "undefined".</summary>
    public static string P(string rules, string input = "{}", string data = "{}", bool strict = false)
    {
        var program = RegoCompiler.Compile([new RegoSource("test.rego", "package test\n" + rules)], RegoValue.ParseJson(data));
        var options = new EvaluationOptions { StrictBuiltinErrors = strict };
        return program.Prepare("data.test.p").Evaluate(RegoValue.ParseJson(input), options)?.ToJsonString() ?? "undefined";
    }

    /// <summary>The errors of a module that does not compile.</summary>
    public static IReadOnlyList<RegoError> Errors(string rules) =>
        Xunit.Assert.Throws<RegoCompileException>(() => RegoCompiler.Compile([new RegoSource("test.rego", "package test\n" + rules)])).Errors;
}
