using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Commands;

/// <summary><c>tds policy check</c>, <c>eval</c>, <c>explain</c>, <c>bench</c> and the rest of <c>test</c>.</summary>
public sealed class PolicyAuthorTests : IDisposable
{
    private const string Rules = "package a\n\nallow if {\n\tinput.purpose in data.a.purposes\n\tinput.count < 3\n}\n";

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Built_in_policies_can_be_published()
    {
        var run = await CommandRun.OfAsync("policy", "check");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains($"bundle {PolicyBundle.BuiltIn().Revision}, roots tds: can be published", run.Output, StringComparison.Ordinal);
        Assert.Contains("modules checked, 0 errors", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_error_of_every_file_is_named_with_its_place()
    {
        Write("a.rego", "package a\n\np if missing(1)\n");
        Write("b.rego", "package b\n\nq if x > 1\n");
        var run = await CommandRun.OfAsync("policy", "check", folder.Path);
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("a.rego:3:", run.Output, StringComparison.Ordinal);
        Assert.Contains("2 modules checked", run.Output, StringComparison.Ordinal);

        var json = JsonNode.Parse((await CommandRun.OfAsync("policy", "check", folder["a.rego"], "--json")).Output)!;
        Assert.Equal(3, (int)json["errors"]![0]!["location"]!["row"]!);
    }

    [Fact]
    public async Task Bundle_that_no_connector_would_take_is_an_error()
    {
        Write(".manifest", """{"roots": ["tds"]}""");
        Write("a.rego", "package tds\n\nanother := 1\n");
        var run = await CommandRun.OfAsync("policy", "check", folder.Path);
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("bundle_error: no module defines data.tds.decision", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Archive_is_checked_and_evaluated_like_a_folder()
    {
        await using (var file = File.Create(folder["b.tar.gz"]))
        {
            PolicyBundle.BuiltIn().WriteArchive(file);
        }

        Assert.Contains(PolicyBundle.BuiltIn().Revision, (await CommandRun.OfAsync("policy", "check", folder["b.tar.gz"])).Output, StringComparison.Ordinal);
        Assert.Contains("\"allow\": false", (await CommandRun.OfAsync("policy", "eval", "data.tds.decision", "--policy", folder["b.tar.gz"])).Output, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(folder["b.tar.gz"], [1, 2, 3]);
        Assert.Equal(ExitCode.CannotStart, (await CommandRun.OfAsync("policy", "check", folder["b.tar.gz"])).Code);
    }

    [Theory]
    [InlineData("data.a.allow", "true")]
    [InlineData("1 + 2", "3")]
    [InlineData("data.a.nothing", "undefined")]
    [InlineData("input.count == 2", "true")]
    [InlineData("x := input.count; y := x + 1", "x = 2\ny = 3")]
    [InlineData("some p in data.a.purposes; startswith(p, \"a\")", "p = \"audit\"")]
    public async Task Query_is_evaluated(string query, string expected)
    {
        var run = await EvaluateAsync(query);
        Assert.Equal((expected + "\n", ExitCode.Ok), (run.Output.Replace(Environment.NewLine, "\n", StringComparison.Ordinal), run.Code));
    }

    [Fact]
    public async Task Query_is_answered_in_the_json_of_opa()
    {
        var result = JsonNode.Parse((await EvaluateAsync("data.a.allow", "--format", "json")).Output)!["result"]![0]!["expressions"]![0]!;
        Assert.True((bool)result["value"]!);
        Assert.Equal("data.a.allow", (string?)result["text"]);
        Assert.Equal("{}", (await EvaluateAsync("data.a.nothing", "--format", "json")).Output.Trim());
    }

    [Fact]
    public async Task Undefined_query_fails_when_asked_for() => Assert.Equal(ExitCode.Failed, (await EvaluateAsync("data.a.nothing", "--fail")).Code);

    [Theory]
    [InlineData("data.a.allow.", ExitCode.Failed)]
    [InlineData("x > 1", ExitCode.Failed)]
    public async Task Query_that_does_not_compile_is_an_error(string query, int code)
    {
        var run = await EvaluateAsync(query);
        Assert.Equal(code, run.Code);
        Assert.Contains("query:1:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explanation_names_rule_condition_and_values()
    {
        Prepare();
        Write("input.json", """{"purpose": "audit", "count": 7}""");
        var run = await CommandRun.OfAsync("policy", "explain", "data.a.allow", "--policy", folder["a.rego"], "--data", folder["data.json"], "--input", folder["input.json"]);
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.StartsWith("undefined", run.Output, StringComparison.Ordinal);
        Assert.Contains("| FAIL input.count < 3  [input.count = 7]", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ok   input.purpose", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_explanation_also_tells_what_held()
    {
        Prepare();
        var run = await CommandRun.OfAsync("policy", "explain", "data.a.allow", "--full", "-p", folder["a.rego"], "-d", folder["data.json"], "-i", folder["input.json"]);
        Assert.Contains("ok   input.purpose in data.a.purposes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Last_line_of_a_measurement_can_be_read_by_programs()
    {
        Prepare();
        var run = await CommandRun.OfAsync(
            "policy", "bench", "--policy", folder["a.rego"], "--data", folder["data.json"], "--input", folder["input.json"], "--query", "data.a.allow", "--seconds", "0.05");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Matches(@"^[0-9]+\.[0-9]+ us/decision, [0-9]+ B/decision$", run.Output.Trim().Split('\n')[^1]);
        Assert.StartsWith("result true", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_test_shows_the_condition_it_ended_at_and_coverage_counts()
    {
        Write("a.rego", Rules);
        Write("a_test.rego", "package a_test\n\nimport data.a\n\ntest_x if {\n\ta.allow with input as {\"purpose\": \"audit\", \"count\": 5}\n}\n");
        Write("data.json", """{"a": {"purposes": ["audit"]}}""");

        var run = await CommandRun.OfAsync("policy", "test", folder.Path, "--coverage");

        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("FAIL input.count < 3  [input.count = 5]  (a.rego:5)", run.Output, StringComparison.Ordinal);
        Assert.Contains("a.rego: 66.7 % of 3 lines, not covered: 3", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_little_coverage_fails()
    {
        Write("a.rego", "package a\n\np if input.x\n\nq if input.y\n");
        Write("a_test.rego", "package a_test\n\nimport data.a\n\ntest_p if a.p with input as {\"x\": true}\n");
        Assert.Equal(ExitCode.Ok, (await CommandRun.OfAsync("policy", "test", folder.Path, "--threshold", "50")).Code);
        var run = await CommandRun.OfAsync("policy", "test", folder.Path, "--threshold", "51");
        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("50.0 % covered", run.Output, StringComparison.Ordinal);
        var json = JsonNode.Parse((await CommandRun.OfAsync("policy", "test", folder.Path, "--json")).Output)!;
        Assert.Equal("""[{"start":{"row":5},"end":{"row":5}}]""", json["coverage"]!["files"]!["a.rego"]!["not_covered"]!.ToJsonString());
        Assert.True((bool)json["tests"]![0]!["passed"]!);
    }

    [Fact]
    public async Task Server_is_asked_in_place_of_the_engine()
    {
        await using var opa = await StandInOpa.StartAsync();
        opa.Answer = StandInOpa.Json("""{"result": {"allow": true}}""");
        var run = await CommandRun.OfAsync("policy", "eval", "data.tds.decision", "--engine", "opa", "--opa-url", opa.Url);
        Assert.Contains("\"allow\": true", run.Output, StringComparison.Ordinal);
        Assert.Equal("POST /v1/data/tds/decision", opa.Questions.Last().Line);

        opa.Answer = StandInOpa.Json("""{"result": [{"x": 1}]}""");
        Assert.Equal("x = 1", (await CommandRun.OfAsync("policy", "eval", "x := 1; x > 0", "--engine", "opa", "--opa-url", opa.Url)).Output.Trim());
        Assert.Equal("POST /v1/query", opa.Questions.Last().Line);

        opa.Answer = StandInOpa.Json("""{"code": "invalid_parameter", "message": "bad"}""", 400);
        var refused = await CommandRun.OfAsync("policy", "eval", "data.x", "--engine", "opa", "--opa-url", opa.Url);
        Assert.Equal(ExitCode.CannotStart, refused.Code);
        Assert.Contains("answered 400", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_evaluates_what_it_holds_and_no_file_named_here()
    {
        Prepare();
        var run = await CommandRun.OfAsync("policy", "eval", "data.a.allow", "--policy", folder["a.rego"], "--engine", "opa", "--opa-url", "http://127.0.0.1:1");
        Assert.Equal(ExitCode.CannotStart, run.Code);
        Assert.Contains("the server evaluates what it holds", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("policy", "eval", "1", "--policy", "missing.rego")]
    [InlineData("policy", "eval", "1", "--input", "missing.json")]
    [InlineData("policy", "eval", "1", "--opa-url", "http://127.0.0.1:8181")]
    [InlineData("policy", "eval", "1", "--engine", "another")]
    [InlineData("policy", "eval", "1", "--engine", "opa", "--opa-url", "http://opa.example")]
    [InlineData("policy", "bench")]
    public async Task Wrong_use_cannot_start(params string[] arguments) => Assert.Equal(ExitCode.CannotStart, (await CommandRun.OfAsync(arguments)).Code);

    private Task<CommandRun> EvaluateAsync(string query, params string[] more)
    {
        Prepare();
        return CommandRun.OfAsync(["policy", "eval", query, "--policy", folder["a.rego"], "--data", folder["data.json"], "--input", folder["input.json"], .. more]);
    }

    private void Prepare()
    {
        Write("a.rego", Rules);
        Write("data.json", """{"a": {"purposes": ["audit", "inference"]}}""");
        Write("input.json", """{"purpose": "inference", "count": 2}""");
    }

    private void Write(string name, string text) => File.WriteAllText(folder[name], text);
}
