using System.Globalization;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

/// <summary>
/// Whatever comes, the engine answers with a result or with one of its own errors, within its budget. Random cases have fixed seeds, so
/// that a failure can be repeated.
/// </summary>
public sealed class RobustnessTests
{
    private const int MutationsPerModule = 400;

    private static readonly EvaluationOptions Small = new() { Limits = new EvaluationLimits { MaxInstructions = 200_000 } };

    private static readonly string[] Modules =
    [
        "package test\n\nimport data.shared as s\n\ndefault p := false\n\np if {\n\tsome x, i in input.xs\n\tx == i\n\tnot q[x]\n}\n\nq contains x if some x in [1, 2, 3]\n",
        "package test\n\nf(1, _) := \"one\"\n\nf(x, y) := z if {\n\tx != 1\n\tz := sprintf(\"%v-%d\", [x, y])\n} else := \"none\"\n\np := [f(x, 2) | x := numbers.range(0, 9)[_]]\n",
        "package test\n\np.a[k].b := v if {\n\tsome k, v in input\n\tevery w in v { w >= 0 }\n}\n\nr := json.patch(input, [{\"op\": \"add\", \"path\": \"/a\", \"value\": {k | walk(input, [k, _])}}])\n",
        "package test\n\np := regex.find_n(input.pattern, input.text, -1) if regex.is_valid(input.pattern) else := $\"no {input.pattern}\"\n\nq := x if x := p with input as {\"pattern\": `a*`, \"text\": \"aaa\"}\n",
    ];

    private static readonly string[] Pieces =
        ["{", "}", "[", "]", "(", ")", "|", "if", "not", "some", "every", "in", "with", "as", "else", ":=", "=", "==", "input", "data.test.p", "p", "x", "_", ",", ";", "\n", "\"", "`", "$\"{", "1e9", "-", "*", "\0", "\ud83d\ude00", "walk(input, x)", "numbers.range(1, 1000000)", "contains", "default", "import", "package"];

    [Fact]
    public void Mutated_modules_give_results_or_typed_errors()
    {
        var random = new Dice(20260501);
        foreach (var module in Modules)
        {
            for (var i = 0; i < MutationsPerModule; i++)
            {
                Answer(Mutate(module, random, Pieces), RandomValue(random, 4));
            }
        }
    }

    [Fact]
    public void Random_tokens_give_results_or_typed_errors()
    {
        var random = new Dice(7);
        for (var i = 0; i < 1000; i++)
        {
            var text = new StringBuilder("package test\n\np := ");
            for (var n = random.Next(1, 30); n > 0; n--)
            {
                text.Append(Pieces[random.Next(Pieces.Length)]).Append(random.Next(2) == 0 ? " " : "");
            }

            Answer(text.ToString(), RandomValue(random, 3));
        }
    }

    [Fact]
    public void Random_text_as_input_is_read_or_refused()
    {
        var random = new Dice(11);
        var query = RegoCompiler.Compile([new RegoSource("test.rego", Modules[2])]).Prepare("data.test.p");
        string[] pieces = ["{", "}", "[", "]", ",", ":", "\"", "\\u12", "\\ud800", "1e999999", "-0", "0x", "null", "tru", "\0", "\u00e9"];
        for (var i = 0; i < 2000; i++)
        {
            var text = Encoding.UTF8.GetBytes(Mutate("""{"a": [1, 2.5e3, {"b": "text"}], "c": {"d": [true, null]}}""", random, pieces));
            try
            {
                query.Evaluate(query.ReadInput(text), Small);
            }
            catch (Exception error) when (error is JsonException or RegoEvaluationException)
            {
                // A typed error is an answer.
            }
        }
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void Document_of_10_000_levels_is_refused_as_JSON(string open, string close)
    {
        var text = string.Concat(Enumerable.Repeat(open, 10_000)) + "1" + string.Concat(Enumerable.Repeat(close, 10_000));
        var query = RegoCompiler.Compile([new RegoSource("test.rego", "package test\np := input")]).Prepare("data.test.p");
        Assert.ThrowsAny<JsonException>(() => query.ReadInput(Encoding.UTF8.GetBytes(text)));
        Assert.Equal("false", Evaluate.P("p := json.is_valid(input)", JsonSerializer.Serialize(text)));
        Assert.Equal("undefined", Evaluate.P("p := yaml.unmarshal(input)", JsonSerializer.Serialize(text)));
    }

    [Fact]
    public void Deepest_document_that_is_read_is_also_compared_hashed_and_written()
    {
        var text = new string('[', 1000) + new string(']', 1000);
        var rules = "p := [x | x := {input, input}[_]; input == json.unmarshal(json.marshal(input)); walk(input, [_, []])]";
        var query = RegoCompiler.Compile([new RegoSource("test.rego", "package test\n" + rules)]).Prepare("data.test.p");
        Assert.Equal($"[{text}]", query.Evaluate(query.ReadInput(Encoding.UTF8.GetBytes(text)))!.ToJsonString());
    }

    [Fact]
    public void Result_nested_too_deep_for_JSON_is_a_typed_error()
    {
        var rules = "f(x) := " + new string('[', 150) + "x" + new string(']', 150) + "\n\np := f(f(f(f(f(f(f(f(f(f(f(f(f(f(input))))))))))))))";
        var query = RegoCompiler.Compile([new RegoSource("test.rego", "package test\n" + rules)]).Prepare("data.test.p");
        var error = Assert.Throws<RegoEvaluationException>(() => query.TryEvaluate("1"u8, new System.Buffers.ArrayBufferWriter<byte>()));
        Assert.Equal(RegoEvaluationException.Budget, error.Code);
        Assert.Contains("2000 levels", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("((((", "1", "))))")]
    [InlineData("[[[[", "1", "]]]]")]
    [InlineData("{{{{", "1", "}}}}")]
    [InlineData("{\"a\":{\"a\":", "1", "}}")]
    [InlineData("f(f(f(", "1", ")))")]
    [InlineData("[1|not not ", "1", "]")]
    [InlineData("a[a[a[", "1", "]]]")]
    [InlineData("1+1+1+", "1", "")]
    [InlineData("-----", "1", "")]
    public void Module_nested_10_000_levels_deep_is_refused_with_its_place(string open, string inner, string close)
    {
        var module = "package test\np := " + string.Concat(Enumerable.Repeat(open, 2500)) + inner + string.Concat(Enumerable.Repeat(close, 2500));
        var error = Assert.Throws<RegoCompileException>(() => RegoCompiler.Compile([new RegoSource("test.rego", module)]));
        Assert.Equal("test.rego", error.Errors[0].Location.File);
    }

    [Theory]
    [InlineData("regex.match(`(a+)+$`, input)")]
    [InlineData("regex.match(`(a|aa)+b`, input)")]
    [InlineData("regex.match(`(.*)*x`, input)")]
    [InlineData("regex.replace(input, `a`, `$0$0`)")]
    [InlineData("count(regex.split(`a`, input))")]
    [InlineData("count(split(input, \"\"))")]
    [InlineData("strings.reverse(input)")]
    [InlineData("count(indexof_n(input, \"a\"))")]
    [InlineData("substring(input, 9999999, 1)")]
    [InlineData("glob.match(\"*a*a*a*b\", [], input)")]
    [InlineData("sprintf(\"%s%s\", [input, input])")]
    [InlineData("strings.replace_n({\"a\": \"bb\"}, input)")]
    [InlineData("trim(input, \"b\")")]
    [InlineData("upper(input)")]
    [InlineData("to_number(input)")]
    [InlineData("units.parse(input)")]
    [InlineData("semver.is_valid(input)")]
    [InlineData("time.parse_rfc3339_ns(input)")]
    [InlineData("urlquery.encode(input)")]
    [InlineData("base64.encode(input)")]
    [InlineData("uri.parse(input)")]
    public async Task String_of_10_MB_is_answered_in_time(string call)
    {
        var query = RegoCompiler.Compile([new RegoSource("test.rego", $"package test\np := {call}")]).Prepare("data.test.p");
        var input = new RegoString(new string('a', 10_000_000));
        await Task.Run(() =>
        {
            try
            {
                query.Evaluate(input);
            }
            catch (RegoEvaluationException)
            {
                // A budget that is exceeded is an answer.
            }
        }).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("p := count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j])")]
    [InlineData("p := count(numbers.range(1, 100000000000))")]
    [InlineData("p := count([x | walk(input, [_, x]); walk(input, [_, y]); walk(input, [_, z]); x == y; y == z])")]
    [InlineData("p := graph.reachable_paths({n: {m | some m in numbers.range(1, 40)} | some n in numbers.range(1, 40)}, {1})")]
    [InlineData("p := count(net.cidr_expand(\"0.0.0.0/0\"))")]
    [InlineData("p := yaml.unmarshal(\"a: &a [x,x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\")")]
    public void Endless_work_ends_with_the_budget(string rules)
    {
        var query = RegoCompiler.Compile([new RegoSource("test.rego", "package test\n" + rules)]).Prepare("data.test.p");
        var input = new RegoArray(Enumerable.Range(0, 300).Select(i => new RegoNumber(i)));
        try
        {
            Assert.Null(query.Evaluate(input, Small));
        }
        catch (RegoEvaluationException error)
        {
            Assert.Equal(RegoEvaluationException.Budget, error.Code);
        }
    }

    [Fact]
    public void Result_that_doubles_again_and_again_is_stopped()
    {
        var rules = new StringBuilder("package test\n\nx0 := input\n");
        for (var i = 1; i <= 60; i++)
        {
            rules.Append(CultureInfo.InvariantCulture, $"x{i} := concat(\"\", [x{i - 1}, x{i - 1}])\n");
        }

        var query = RegoCompiler.Compile([new RegoSource("test.rego", rules.ToString())]).Prepare("data.test.x60");
        Assert.Equal(
            RegoEvaluationException.Budget, Assert.Throws<RegoEvaluationException>(() => query.Evaluate(new RegoString("abcd"), EvaluationOptions.Default)).Code);
    }

    [Fact]
    public void Expensive_call_that_is_repeated_is_computed_at_most_twice()
    {
        const string rules = "f(n) := count([1 | some a in numbers.range(1, n); a > 0])\n\np := [f(5000) | some i in numbers.range(1, 1000)]";
        var query = RegoCompiler.Compile([new("test.rego", "package test\n" + rules)]).Prepare("data.test.p");
        Assert.Equal(1000, ((RegoArray)query.Evaluate(RegoNull.Instance, new EvaluationLimits { MaxInstructions = 40_000 })!).Count);
    }

    [Fact]
    public void Calls_too_deep_for_a_small_stack_are_refused()
    {
        var rules = new StringBuilder("package test\n\np := f0(1)\n\n");
        for (var i = 0; i < 2000; i++)
        {
            rules.Append(CultureInfo.InvariantCulture, $"f{i}(x) := y if {{\n\tnot x == 0\n\ty := f{i + 1}(x + 1)\n}}\n\n");
        }

        var query = RegoCompiler.Compile([new("test.rego", rules.Append("f2000(x) := x\n").ToString())]).Prepare("data.test.p");
        Exception? error = null;
        var thread = new Thread(() => error = Record.Exception(() => query.Evaluate(RegoNull.Instance)), 256 * 1024);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromMinutes(1)));
        Assert.Equal(RegoEvaluationException.Budget, Assert.IsType<RegoEvaluationException>(error).Code);
    }

    [Fact]
    public void Cancellation_is_seen_in_the_midst_of_an_evaluation()
    {
        var query = RegoCompiler.Compile([new RegoSource("test.rego", "package test\np := [1 | some i in numbers.range(1, 1000000); time.now_ns() < 0]")]).Prepare("data.test.p");
        using var source = new CancellationTokenSource();
        var options = new EvaluationOptions { Clock = new CancellingClock(source) };
        Assert.ThrowsAny<OperationCanceledException>(() => query.Evaluate(RegoNull.Instance, options, source.Token));
    }

    private static void Answer(string module, RegoValue input)
    {
        try
        {
            var program = RegoCompiler.Compile([new RegoSource("test.rego", module)]);
            foreach (var path in program.RulePaths.Where(path => path.All(unit => char.IsAsciiLetterOrDigit(unit) || unit is '.' or '_')))
            {
                try
                {
                    program.Prepare(path).Evaluate(input, Small)?.ToJsonString();
                }
                catch (RegoEvaluationException)
                {
                    // A typed error is an answer.
                }
            }
        }
        catch (RegoCompileException refused)
        {
            Assert.NotEmpty(refused.Errors);
        }
    }

    private static string Mutate(string text, Dice random, string[] pieces)
    {
        var mutated = new StringBuilder(text);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var place = random.Next(mutated.Length);
            switch (random.Next(4))
            {
                case 0:
                    mutated.Remove(place, Math.Min(random.Next(1, 8), mutated.Length - place));
                    break;
                case 1:
                    mutated.Insert(place, pieces[random.Next(pieces.Length)]);
                    break;
                case 2:
                    mutated.Insert(place, mutated.ToString(place, Math.Min(random.Next(1, 40), mutated.Length - place)));
                    break;
                default:
                    mutated[place] = (char)random.Next(1, 0x3000);
                    break;
            }
        }

        return mutated.ToString();
    }

    private static RegoValue RandomValue(Dice random, int depth) => random.Next(depth > 0 ? 8 : 5) switch
    {
        0 => RegoNull.Instance,
        1 => RegoBoolean.Of(random.Next(2) == 0),
        2 => new RegoNumber(random.NextInt64()),
        3 => new RegoString(random.Next(2) == 0 ? "a*(" : "\ud800"),
        4 => new RegoNumber(random.Next(5)),
        5 => new RegoArray(Enumerable.Range(0, random.Next(4)).Select(_ => RandomValue(random, depth - 1))),
        6 => new RegoSet(Enumerable.Range(0, random.Next(4)).Select(_ => RandomValue(random, depth - 1))),
        _ => new RegoObject(Enumerable.Range(0, random.Next(4)).Select(i => KeyValuePair.Create<RegoValue, RegoValue>(
            new RegoString(i switch { 0 => "xs", 1 => "pattern", _ => "text" }), RandomValue(random, depth - 1)))),
    };

    /// <summary>Cancels when an evaluation asks for the time.</summary>
    private sealed class CancellingClock(CancellationTokenSource source) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            source.Cancel();
            return DateTimeOffset.UnixEpoch.AddYears(50);
        }
    }
}
