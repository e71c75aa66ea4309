using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Benchmarks.Rego;

/// <summary>One query with a thousand different inputs, asked in turn.</summary>
internal sealed class RegoCase
{
    private const int Inputs = 1000;

    private readonly PreparedQuery query;
    private readonly byte[][] texts;
    private readonly RegoValue[] values;
    private readonly EvaluationOptions options;

    private RegoCase(PreparedQuery query, IEnumerable<string> inputs, EvaluationOptions? options = null)
    {
        this.query = query;
        this.options = options ?? EvaluationOptions.Default;
        texts = [.. inputs.Select(Encoding.UTF8.GetBytes)];
        values = [.. texts.Select(text => query.ReadInput(text))];
    }

    /// <summary>The policy <c>abac.rego</c> over so many agreements.</summary>
    public static RegoCase Abac(int agreements = 200)
    {
        var program = RegoCompiler.Compile([Source("abac.rego")], JsonDocument.Parse(AgreementData(agreements)).RootElement);
        var inputs = Enumerable.Range(0, Inputs).Select(i => Text(
            $$$"""
            {"agreement_id":"agr-{{{i % agreements:0000}}}","action":"use","asset":{"id":"asset-{{{i % agreements:0000}}}"},
             "subject":{"participant_id":"did:web:consumer-{{{i % agreements % 20}}}.example","country":"{{{(i % 2 == 0 ? "DE" : "FR")}}}","roles":["analyst","auditor"],"claims":{"membership":"active"}},
             "context":{"purpose":"research","usage_count":{{{i % 900}}},"now":"2026-11-01T12:00:{{{i % 60:00}}}Z"}}
            """));
        return new RegoCase(program.Prepare("data.dataspace.usage.decision"), inputs).Expect("\"allow\":true");
    }

    /// <summary>The policy <c>tiny.rego</c>.</summary>
    public static RegoCase Tiny()
    {
        var data = JsonDocument.Parse("""{"grants":{"did:web:consumer-2.example":["use","read"]}}""").RootElement;
        var inputs = Enumerable.Range(0, Inputs).Select(i => Text(
            $$$"""
            {"agreement_id":"agr-{{{i:0000}}}","action":"use","asset":{"id":"asset-{{{i:0000}}}"},
             "subject":{"participant_id":"did:web:consumer-2.example","country":"DE","roles":["analyst","auditor"],"claims":{"membership":"active"}},
             "context":{"purpose":"research","usage_count":{{{i}}},"now":"2026-11-01T12:00:00Z"}}
            """));
        return new RegoCase(RegoCompiler.Compile([Source("tiny.rego")], data).Prepare("data.tiny.allow"), inputs).Expect("true");
    }

    /// <summary>The project's own usage entry point on the agreement of a power grid.</summary>
    public static RegoCase PowerGrid()
    {
        var bundle = PolicyBundle.BuiltIn();
        var program = RegoCompiler.Compile([.. bundle.Modules.Select(file => new RegoSource(file.Path, file.Text))], bundle.Data);
        var compiled = AgreementCompiler.Compile(JsonDocument.Parse(DecisionBenchmarks.Offer).RootElement).Document.GetRawText();
        var agreement = compiled[..^1] + ",\"state\":\"active\",\"filed\":true}";
        var inputs = Enumerable.Range(0, Inputs).Select(i => DecisionBenchmarks.Question
            .Replace("AGREEMENT", agreement, StringComparison.Ordinal)
            .Replace("\"count\":7", Text($"\"count\":{i % 1000}"), StringComparison.Ordinal));
        return new RegoCase(program.Prepare("data.tds.decision"), inputs, new EvaluationOptions { StrictBuiltinErrors = true }).Expect("\"allow\":true");
    }

    /// <summary>One rule with so many definitions, of which one can match.</summary>
    public static RegoCase Rules(int count)
    {
        var module = new StringBuilder("package many\n\ndefault allow := false\n\n");
        for (var i = 0; i < count; i++)
        {
            module.Append(CultureInfo.InvariantCulture, $"allow if {{\n\tinput.action == \"action-{i}\"\n\tinput.role == \"role-{i}\"\n}}\n\n");
        }

        var inputs = Enumerable.Range(0, Inputs).Select(i => Text($$"""{"action":"action-{{i % count}}","role":"role-{{i % count}}"}"""));
        return new RegoCase(RegoCompiler.Compile([new("many.rego", module.ToString())]).Prepare("data.many.allow"), inputs).Expect("true");
    }

    /// <summary>From JSON text to JSON text.</summary>
    public int FromText(int i, ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        query.TryEvaluate(texts[i % Inputs], output, options);
        return output.WrittenCount;
    }

    /// <summary>From JSON text to whether the decision allows.</summary>
    public bool Allows(int i)
    {
        var output = new ArrayBufferWriter<byte>(512);
        FromText(i, output);
        return output.WrittenSpan.IndexOf("\"allow\":true"u8) >= 0;
    }

    public RegoValue? FromValue(int i) => query.Evaluate(values[i % Inputs], options);

    private static RegoSource Source(string name) => new(name, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Rego", name)));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string AgreementData(int count) => "{\"agreements\":{" + string.Join(',', Enumerable.Range(0, count).Select(i => Text(
        $$"""
        "agr-{{i:0000}}":{"consumer":"did:web:consumer-{{i % 20}}.example","provider":"did:web:provider.example","permissions":[
          {"target":"asset-{{i:0000}}","actions":["use","read"],"constraints":[
            {"left":"purpose","op":"isAnyOf","right":["research","billing"]},
            {"left":"spatial","op":"isAnyOf","right":["DE","FR","AT"]},
            {"left":"dateTime","op":"gteq","right":1577836800000000000},
            {"left":"dateTime","op":"lteq","right":1893456000000000000},
            {"left":"count","op":"lteq","right":1000},
            {"left":"membership","op":"eq","right":"active"}],
           "duties":[{"action":"log"},{"action":"delete","after":"P30D"}]},
          {"target":"asset-{{i:0000}}","actions":["aggregate"],"constraints":[],"duties":[]}],
         "prohibitions":[{"action":"distribute","constraints":[]}]}
        """))) + "}}";

    /// <summary>A benchmark of something else than was meant would be worse than none.</summary>
    private RegoCase Expect(string part)
    {
        var output = new ArrayBufferWriter<byte>();
        for (var i = 0; i < Inputs; i++)
        {
            FromText(i, output);
            var text = Encoding.UTF8.GetString(output.WrittenSpan);
            if (!text.Contains(part, StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"Input {i} is answered by {text}.");
            }
        }

        return this;
    }
}
