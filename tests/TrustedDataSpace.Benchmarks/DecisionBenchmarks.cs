using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Policy.Bundles;

namespace TrustedDataSpace.Benchmarks;

/// <summary>One usage decision: a typical agreement with six constraints, asked at stage request. Budget in docs/design.md §5.</summary>
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class DecisionBenchmarks
{
    internal const string Offer =
        """
        {"@type":"Agreement","@id":"agreement-1","target":"load_curve_96","assigner":"did:web:grid.example","assignee":"did:web:vpp.example",
         "permission":[{"action":"use","constraint":[
           {"leftOperand":"purpose","operator":"isAnyOf","rightOperand":["inference","forecast"]},
           {"leftOperand":"spatial","operator":"isAnyOf","rightOperand":["44","45","46","52","53"]},
           {"leftOperand":"dateTime","operator":"gteq","rightOperand":"2026-05-01T00:00:00+08:00"},
           {"leftOperand":"dateTime","operator":"lteq","rightOperand":"2026-06-01T00:00:00+08:00"},
           {"leftOperand":"tds:timeWindow","operator":"eq","rightOperand":"00:00-09:00+08:00"},
           {"leftOperand":"count","operator":"lteq","rightOperand":1000}]}]}
        """;

    internal const string Question =
        """
        {"version":1,"stage":"request","now_ms":1778544000000,"space":"power-grid","action":"use","purpose":"inference",
         "subject":{"id":"did:web:vpp.example","membership":"active","claims":{"region":"44","roles":["virtual-power-plant"]}},
         "product":{"id":"load_curve_96","classification":"personal"},"usage":{"count":7},
         "request":{"method":"GET","path":"/load_curve_96"},"agreement":AGREEMENT}
        """;

    private readonly EmbeddedPolicyEngine engine = new();
    private byte[] question = [];
    private JsonElement parsed;

    [GlobalSetup]
    public void Setup()
    {
        engine.Replace(PolicyBundle.BuiltIn());
        var compiled = AgreementCompiler.Compile(JsonDocument.Parse(Offer).RootElement).Document.GetRawText();
        var agreement = compiled[..^1] + ",\"state\":\"active\",\"filed\":true}";
        question = Encoding.UTF8.GetBytes(Question.Replace("AGREEMENT", agreement, StringComparison.Ordinal));
        parsed = JsonDocument.Parse(question).RootElement;
        if (!DecideParsed().Allow)
        {
            throw new InvalidOperationException("The benchmark's question must be allowed: " + string.Join("; ", DecideParsed().Reasons));
        }
    }

    [Benchmark(Baseline = true, Description = "parse the question only")]
    public JsonElement Parse() => JsonDocument.Parse(question).RootElement;

    [Benchmark(Description = "decide, question as JSON text")]
    public PolicyDecision DecideText() => engine.DecideAsync(JsonDocument.Parse(question).RootElement).AsTask().GetAwaiter().GetResult();

    [Benchmark(Description = "decide, question already parsed")]
    public PolicyDecision DecideParsed() => engine.DecideAsync(parsed).AsTask().GetAwaiter().GetResult();

    // The out-of-process toolchain makes a project of its own, which does not know this solution's package versions.
    private sealed class InProcess : BenchmarkDotNet.Configs.ManualConfig
    {
        public InProcess() => AddJob(Job.MediumRun.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
