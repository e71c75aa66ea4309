using System.Text;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>
/// <c>strings.render_template</c>: the actions of Go's <c>text/template</c> that work on plain values: fields, variables, <c>if</c>,
/// <c>with</c>, <c>range</c>, <c>else</c>, trimming, comments, comparisons and <c>len</c>, <c>index</c>, <c>print</c>, <c>not</c>,
/// <c>and</c>, <c>or</c>. Anything else is an error.
/// </summary>
internal static class TemplateBuiltins
{
    public static IEnumerable<Builtin> All => [new("strings.render_template", 2, Render)];

    private static RegoString Render(BuiltinCall call)
    {
        var (text, variables) = (call.Text(0), call.Object(1));
        var parser = new TemplateReader(text);
        var nodes = parser.ReadAll();
        var output = new StringBuilder();
        new Renderer(call, output, variables).Run(nodes, variables);
        return new RegoString(output.ToString());
    }

    private sealed class Renderer(BuiltinCall call, StringBuilder output, RegoValue root)
    {
        private readonly Stack<(string Name, RegoValue? Value)> variables = new([("$", root)]);

        public void Run(IReadOnlyList<TemplateNode> nodes, RegoValue? dot)
        {
            call.Evaluation.Descend();
            foreach (var node in nodes)
            {
                call.Evaluation.Spend();
                Run(node, dot);
            }
        }

        private void Run(TemplateNode node, RegoValue? dot)
        {
            var depth = variables.Count;
            switch (node.Keyword)
            {
                case "text":
                    output.Append(node.Text);
                    return;
                case "":
                    var shown = Evaluate(node.Pipeline, dot);
                    if (node.Variables.Length > 0)
                    {
                        variables.Push((node.Variables[0], shown));
                        return;
                    }

                    output.Append(shown is null ? "<undefined>" : ValueText.Display(shown));
                    call.Evaluation.Spend((long)output.Length / 1024);
                    return;
                case "range":
                    RunRange(node, dot);
                    break;
                default:
                    var condition = Evaluate(node.Pipeline, dot);
                    if (node.Variables.Length > 0)
                    {
                        variables.Push((node.Variables[0], condition));
                    }

                    Run(IsTrue(condition) ? node.Body : node.Otherwise, node.Keyword == "with" && IsTrue(condition) ? condition : dot);
                    break;
            }

            Leave(depth);
        }

        private void RunRange(TemplateNode node, RegoValue? dot)
        {
            List<(RegoValue Key, RegoValue Value)> members = Evaluate(node.Pipeline, dot) switch
            {
                RegoArray array => [.. array.Index().Select(item => ((RegoValue)new RegoNumber(item.Index), item.Item))],
                RegoSet set => [.. set.Items.Index().Select(item => ((RegoValue)new RegoNumber(item.Index), item.Item))],
                RegoObject @object => [.. @object.Entries.Select(entry => (entry.Key, entry.Value))],
                null or RegoNull => [],
                var other => throw BuiltinException.Failed($"range can't iterate over {other}"),
            };
            if (members.Count == 0)
            {
                Run(node.Otherwise, dot);
            }

            foreach (var (key, value) in members)
            {
                var depth = variables.Count;
                if (node.Variables is [var one])
                {
                    variables.Push((one, value));
                }
                else if (node.Variables is [var first, var second])
                {
                    variables.Push((first, key));
                    variables.Push((second, value));
                }

                Run(node.Body, value);
                Leave(depth);
            }
        }

        private void Leave(int depth)
        {
            while (variables.Count > depth)
            {
                variables.Pop();
            }
        }

        private RegoValue? Evaluate(IReadOnlyList<IReadOnlyList<string>> pipeline, RegoValue? dot)
        {
            RegoValue? piped = null;
            for (var i = 0; i < pipeline.Count; i++)
            {
                var words = pipeline[i];
                List<RegoValue?> operands = [.. words.Skip(1).Select(word => Operand(word, dot))];
                if (i > 0)
                {
                    operands.Add(piped);
                }

                piped = operands.Count == 0 && TemplateFunctions.Find(words[0]) is null
                    ? Operand(words[0], dot)
                    : (TemplateFunctions.Find(words[0]) ?? throw BuiltinException.Failed($"template: function {ValueText.Quote(words[0])} not defined"))(operands);
            }

            return piped;
        }

        private RegoValue? Operand(string word, RegoValue? dot)
        {
            if (word.StartsWith('('))
            {
                return Evaluate(TemplateReader.ReadPipeline(word[1..^1]), dot);
            }

            if (word[0] is '.' or '$')
            {
                var path = word.Split('.');
                var value = path[0].Length == 0 ? dot : Variable(path[0]);
                foreach (var name in path.Skip(1).Where(name => name.Length > 0))
                {
                    value = value is null or RegoObject
                        ? (value as RegoObject)?[name]
                        : throw BuiltinException.Failed($"template: can't evaluate field {name} in {value}");
                }

                return value;
            }

            return word switch
            {
                "true" => RegoBoolean.True,
                "false" => RegoBoolean.False,
                "nil" => null,
                ['"', ..] => EncodingBuiltins.ReadJson(word),
                ['`', .., '`'] => new RegoString(word[1..^1]),
                _ when JsonNumber.IsValid(word) => RegoNumber.Parse(word),
                _ => throw BuiltinException.Failed($"template: function {ValueText.Quote(word)} not defined"),
            };
        }

        private RegoValue? Variable(string name)
        {
            foreach (var (known, value) in variables)
            {
                if (known == name)
                {
                    return value;
                }
            }

            throw BuiltinException.Failed($"template: undefined variable {ValueText.Quote(name)}");
        }

        private static bool IsTrue(RegoValue? value) => TemplateFunctions.IsTrue(value);
    }
}

/// <summary>The functions that templates may call.</summary>
internal static class TemplateFunctions
{
    public static Func<IReadOnlyList<RegoValue?>, RegoValue?>? Find(string name) => name switch
    {
        "not" => operands => RegoBoolean.Of(!IsTrue(operands[0])),
        "and" => operands => operands.FirstOrDefault(operand => !IsTrue(operand), operands[^1]),
        "or" => operands => operands.FirstOrDefault(IsTrue, operands[^1]),
        "eq" => operands => RegoBoolean.Of(operands.Skip(1).Any(other => Equals(operands[0], other))),
        "ne" => operands => RegoBoolean.Of(!Equals(operands[0], operands[1])),
        "lt" => operands => RegoBoolean.Of(Compare(operands) < 0),
        "le" => operands => RegoBoolean.Of(Compare(operands) <= 0),
        "gt" => operands => RegoBoolean.Of(Compare(operands) > 0),
        "ge" => operands => RegoBoolean.Of(Compare(operands) >= 0),
        "len" => operands => new RegoNumber(operands[0] switch
        {
            RegoArray array => array.Count,
            RegoSet set => set.Count,
            RegoObject @object => @object.Count,
            RegoString text => Encoding.UTF8.GetByteCount(text.Value),
            _ => throw BuiltinException.Failed("template: len of a value that has none"),
        }),
        "index" => operands => operands.Skip(1).Aggregate(operands[0], (value, key) => key is null ? null : value?.Lookup(key)),
        "print" => operands => new RegoString(string.Concat(operands.Select(Show))),
        "println" => operands => new RegoString(string.Join(' ', operands.Select(Show)) + "\n"),
        _ => null,
    };

    public static bool IsTrue(RegoValue? value) => value switch
    {
        null or RegoNull => false,
        RegoBoolean boolean => boolean.Value,
        RegoNumber number => number.CompareTo(new RegoNumber(0)) != 0,
        RegoString text => text.Value.Length > 0,
        RegoArray array => array.Count > 0,
        RegoSet set => set.Count > 0,
        RegoObject @object => @object.Count > 0,
        _ => true,
    };

    private static string Show(RegoValue? value) => value is null ? "<undefined>" : ValueText.Display(value);

    private static int Compare(IReadOnlyList<RegoValue?> operands) => operands is [{ } x, { } y] && x.Kind == y.Kind
        ? ValueOrder.Of(x, y)
        : throw BuiltinException.Failed("template: incompatible types for comparison");
}
