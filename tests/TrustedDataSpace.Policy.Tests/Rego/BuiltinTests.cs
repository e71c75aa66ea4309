using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

public sealed class BuiltinTests
{
    [Theory]
    [InlineData("""sprintf("%s is %d of %v, %q %%", ["x", 3, [1, "a"], "b"])""", "\"x is 3 of [1, \\\"a\\\"], \\\"b\\\" %\"")]
    [InlineData("""sprintf("%05d|%-4s|%.2f|%x", [42, "ab", 1.005, 255])""", "\"00042|ab  |1.00|ff\"")]
    [InlineData("""sprintf("%s", [5])""", "\"%!s(int=5)\"")]
    [InlineData("""regex.match("^a$", "a\n")""", "false")]
    [InlineData("""regex.match(`^\d$`, "٣")""", "false")]
    [InlineData("""regex.match("[[:alpha:]]+[a-z-[]", "ab[")""", "true")]
    [InlineData("""regex.replace("a1b", `([a-z])(?P<n>\d)`, "${n}$1")""", "\"1ab\"")]
    [InlineData("""glob.match("*.example.com", ["."], "a.b.example.com")""", "false")]
    [InlineData("""glob.match("**.example.com", ["."], "a.b.example.com")""", "true")]
    [InlineData("""time.parse_rfc3339_ns("2026-11-01T12:00:00.123456789+08:00")""", "1793505600123456789")]
    [InlineData("""time.clock([1793505600000000000, "Asia/Shanghai"])""", "[12,0,0]")]
    [InlineData("""object.get({"a": {"b": 1}}, ["a", "b"], 0)""", "1")]
    [InlineData("""object.union({"a": {"b": 1}}, {"a": {"c": 2}})""", """{"a":{"b":1,"c":2}}""")]
    [InlineData("""count("héllo")""", "5")]
    [InlineData("""substring("héllo", 1, 2)""", "\"él\"")]
    [InlineData("""array.slice([1, 2, 3], 1, 9)""", "[2,3]")]
    public void Result_is_that_of_OPA(string call, string json) => Assert.Equal(json, Evaluate.P("p := " + call));

    [Theory]
    [InlineData("""to_number("0x10")""")]
    [InlineData("""time.parse_rfc3339_ns("2026-11-01T12:00:00")""")]
    [InlineData("""regex.match("(a)\\1", "aa")""")]
    [InlineData("""regex.match("(?=a)", "a")""")]
    [InlineData("""1 / 0""")]
    [InlineData("count(json.unmarshal(`5`))")]
    public void Failing_call_is_undefined_or_strictly_an_error(string call)
    {
        Assert.Equal("undefined", Evaluate.P("p := " + call));
        Assert.Throws<RegoEvaluationException>(() => Evaluate.P("p := " + call, strict: true));
    }

    [Fact]
    public void Now_is_the_time_of_the_clock_that_was_passed_in()
    {
        var query = RegoCompiler.Compile([new("t.rego", "package t\np := time.now_ns()")]).Prepare("data.t.p");
        var now = query.Evaluate(null, new EvaluationOptions { Clock = new FixedClock() });
        Assert.Equal("1793505600000000000", now!.ToJsonString());
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(1793505600);
    }
}
