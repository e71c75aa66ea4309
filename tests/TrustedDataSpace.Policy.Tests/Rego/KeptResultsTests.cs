using System.Text;
using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

/// <summary>What a function makes of an object that questions have in common is computed once, where nothing else can change it; and only there.</summary>
public sealed class KeptResultsTests
{
    private const string Common = """{"contract":{"terms":[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5},{"n":6},{"n":7},{"n":8}]}}""";

    // More instructions than an evaluation has to find what is kept.
    private const int Long = 400;
    private const int Short = 150;

    private static readonly EvaluationOptions Strict = new() { StrictBuiltinErrors = true };

    [Theory]
    [InlineData("f(c) if { every n in all { n != c.n } }", "all := numbers.range(100, 140)")]
    [InlineData("f(c) if g(c)", "g(c) if { every n in data.given { n != c.n } }")]
    [InlineData("f(c) if { count([n | some n in numbers.range(1, 60); n > c.n]) > 0 }", "")]
    public void What_follows_from_the_object_alone_is_computed_once(string rule, string other)
    {
        var question = new Asked($"answer if {{ every c in input.contract.terms {{ f(c) }} }}\n{rule}\n{other}");

        Assert.Throws<RegoEvaluationException>(() => question.Answer("{}", Short));
        Assert.Equal(RegoBoolean.True, question.Answer("{}", 100_000));
        Assert.Equal(RegoBoolean.True, question.Answer("{}", Short));
    }

    [Theory]
    [InlineData("f(c) if c.n < input.most")]
    [InlineData("f(c) if g(c)\ng(c) if c.n < input.most")]
    [InlineData("f(c) if c.n < most\nmost := input.most")]
    [InlineData("f(c) if c.n < object.get(input, \"most\", 0)")]
    [InlineData("f(c) if { some m in [input.most]; c.n < m }")]
    [InlineData("f(c) if { g(c) with input as {\"most\": input.most} }\ng(c) if c.n < input.most")]
    [InlineData("f(c) if { g(c, input.most) }\ng(c, m) if c.n < m")]
    [InlineData("f(c) if c.n < limits[input.name]\nlimits := {\"little\": 3, \"much\": 100}")]
    public void What_reads_the_question_is_computed_each_time(string rule)
    {
        var question = new Asked($"answer := [c.n | some c in input.contract.terms; f(c)]\n{rule}");
        foreach (var (most, name, expected) in new[] { (100, "much", 8), (3, "little", 2), (100, "much", 8) })
        {
            Assert.Equal(expected, ((RegoArray)question.Answer($$"""{"most":{{most}},"name":"{{name}}"}""")!).Count);
        }
    }

    [Fact]
    public void What_reads_the_time_is_computed_each_time()
    {
        var question = new Asked("answer := [f(c) | some c in input.contract.terms][0]\nf(c) := time.now_ns() + (0 * c.n)");
        var clock = new Clock();
        var first = question.Answer("{}", with: Strict with { Clock = clock });
        clock.Now += TimeSpan.FromSeconds(1);

        Assert.NotEqual(first, question.Answer("{}", with: Strict with { Clock = clock }));
    }

    [Fact]
    public void What_somebody_puts_in_the_place_of_rules_and_functions_counts_and_is_not_kept()
    {
        var question = new Asked("""
            answer := {"plain": plain, "rule": rule, "function": function, "builtin": builtin, "data": documents, "again": plain}
            plain := [f(c) | some c in input.contract.terms]
            rule := found if { found := [f(c) | some c in input.contract.terms] with data.p.limit as 100 }
            function := found if { found := [f(c) | some c in input.contract.terms] with data.p.g as h }
            builtin := found if { found := [f(c) | some c in input.contract.terms] with count as 7 }
            documents := found if { found := [f(c) | some c in input.contract.terms] with data.given as [1] }
            limit := 3
            f(c) := [c.n < limit, g(c), count(data.given)]
            g(c) := c.n
            h(c) := c.n * 10
            """);
        for (var i = 0; i < 2; i++)
        {
            var answer = (RegoObject)question.Answer("{}")!;
            Assert.Equal("[false,8,3]", Last(answer, "plain"));
            Assert.Equal("[true,8,3]", Last(answer, "rule"));
            Assert.Equal("[false,80,3]", Last(answer, "function"));
            Assert.Equal("[false,8,7]", Last(answer, "builtin"));
            Assert.Equal("[false,8,1]", Last(answer, "data"));
            Assert.Equal("[false,8,3]", Last(answer, "again"));
        }
    }

    [Fact]
    public void A_call_that_is_undefined_stays_so_and_one_that_fails_fails_again()
    {
        var undefined = new Asked("answer := [f(c) | some c in input.contract.terms]\nf(c) := c.n if c.n > 6");
        Assert.Equal("[7,8]", undefined.Answer("{}")!.ToJsonString());
        Assert.Equal("[7,8]", undefined.Answer("{}")!.ToJsonString());

        var failing = new Asked("answer := [f(c) | some c in input.contract.terms]\nf(c) := to_number(sprintf(\"%dx\", [c.n]))");
        Assert.Equal("[]", failing.Answer("{}", with: new EvaluationOptions())!.ToJsonString());
        Assert.Throws<RegoEvaluationException>(() => failing.Answer("{}"));
        Assert.Throws<RegoEvaluationException>(() => failing.Answer("{}"));
    }

    [Fact]
    public void An_argument_is_computed_once_however_deep_calls_are_nested()
    {
        var nested = string.Concat(Enumerable.Repeat("f(", 30)) + "input.own" + new string(')', 30);
        var question = new Asked($"answer := {nested}\nf(o) := o + 1");

        Assert.Equal("31", question.Answer("""{"own":1}""", 1000)!.ToJsonString());
    }

    [Fact]
    public void What_has_a_size_is_not_kept()
    {
        var question = new Asked("answer := count([n | some c in input.contract.terms; some n in f(c)])\nf(c) := numbers.range(c.n, c.n + 20)");
        Assert.Throws<RegoEvaluationException>(() => question.Answer("{}", Short));
        Assert.Equal("168", question.Answer("{}")!.ToJsonString());

        Assert.Throws<RegoEvaluationException>(() => question.Answer("{}", Short));
        Assert.Equal("168", question.Answer("{}")!.ToJsonString());
    }

    [Fact]
    public void A_function_may_read_the_package_that_it_is_in()
    {
        var program = RegoCompiler.Compile(
            [
                new RegoSource("p.rego", "package p\nanswer if { every c in input.terms { data.q.f(c) } }"),
                new RegoSource("q.rego", "package q\nf(c) if data.q[c.of].most > c.n\nlimits := {\"most\": 9}"),
            ],
            RegoObject.Empty);
        var query = program.Prepare("data.p.answer");

        Assert.Equal(RegoBoolean.True, query.Evaluate(query.ReadInput("""{"terms":[{"n":1,"of":"limits"}]}"""u8)));
    }

    [Fact]
    public void A_member_of_the_question_in_the_place_of_one_in_common_counts()
    {
        var question = new Asked("answer := [c.n | some c in input.contract.terms; f(c)]\nf(c) if c.n > 6");

        Assert.Equal("[7,8]", question.Answer("{}")!.ToJsonString());
        Assert.Equal("[9]", question.Answer("""{"contract":{"terms":[{"n":9},{"n":2}]}}""")!.ToJsonString());
        Assert.Equal("[7,8]", question.Answer("{}")!.ToJsonString());
    }

    [Fact]
    public void A_program_that_is_compiled_anew_has_results_of_its_own()
    {
        var common = new CommonMembers(Encoding.UTF8.GetBytes(Common));

        Assert.Equal("[7,8]", new Asked("answer := [c.n | some c in input.contract.terms; f(c)]\nf(c) if c.n > 6", common).Answer("{}")!.ToJsonString());
        Assert.Equal("[1]", new Asked("answer := [c.n | some c in input.contract.terms; f(c)]\nf(c) if c.n < 2", common).Answer("{}")!.ToJsonString());
    }

    private static string Last(RegoObject answer, string name) => ((RegoArray)answer[name]!)[^1].ToJsonString();

    private sealed class Asked(string module, CommonMembers? common = null)
    {
        private readonly PreparedQuery query = RegoCompiler.Compile([new RegoSource("p.rego", "package p\n" + module)], RegoValue.ParseJson($$"""{"given":[100,101,102{{(module.Contains("data.given {", StringComparison.Ordinal) ? string.Concat(Enumerable.Repeat(",200", Long / 8)) : "")}}]}""")).Prepare("data.p.answer");
        private readonly CommonMembers common = common ?? new CommonMembers(Encoding.UTF8.GetBytes(Common));

        public RegoValue? Answer(string own, long most = 1_000_000, EvaluationOptions? with = null) =>
            query.Evaluate(query.ReadInput(new EngineQuestion(common, Encoding.UTF8.GetBytes(own))), (with ?? Strict) with { Limits = new EvaluationLimits { MaxInstructions = most } }, TestContext.Current.CancellationToken);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
