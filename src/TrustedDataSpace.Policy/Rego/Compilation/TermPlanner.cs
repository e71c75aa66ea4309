using TrustedDataSpace.Policy.Rego.Plan;
using TrustedDataSpace.Policy.Rego.Syntax;

namespace TrustedDataSpace.Policy.Rego.Compilation;

/// <summary>A term that is planned already.</summary>
internal sealed record PlannedTerm(SourceLocation Location, Expression Expression) : Term(Location);

/// <summary>Turns terms into expressions; free variables in references become iterations of the body that is being planned.</summary>
internal sealed class TermPlanner(BodyPlanner body)
{
    /// <summary>References that iterate and have been planned, so that each iterates once.</summary>
    private readonly Dictionary<RefTerm, Expression> iterated = new(ReferenceEqualityComparer.Instance);

    /// <summary>Emits the iterations of the references in these terms, in an order in which each has what it needs.</summary>
    public void IterateReferences(IReadOnlyList<Term> terms)
    {
        var waiting = terms.SelectMany(References.Outermost).Where(IsIterating).ToList();
        var progress = true;
        while (progress && waiting.Count > 0)
        {
            progress = false;
            foreach (var reference in waiting.ToList())
            {
                if (CanPlan(reference))
                {
                    iterated[reference] = PlanReference(reference);
                    waiting.Remove(reference);
                    progress = true;
                }
            }
        }
    }

    /// <summary>Whether everything the term needs has a value now.</summary>
    public bool CanPlan(Term term) => Variables.Of(term).Satisfied(body.Bound);

    public Expression Plan(Term term)
    {
        switch (term)
        {
            case PlannedTerm planned:
                return planned.Expression;
            case ConstantTerm constant:
                return new ConstantExpression(body.Context.Share(constant.Value));
            case LocalTerm local when body.Bound.Contains(local.Variable):
                return new SlotExpression(body.Frame.SlotOf(local.Variable));
            case RefTerm reference:
                return iterated.TryGetValue(reference, out var known) ? known : PlanReference(reference);
            case ArrayTerm array:
                return Fold(PlanAll(array.Items), items => new ArrayExpression(items));
            case SetTerm set:
                return Fold(PlanAll(set.Items), items => new SetExpression(items));
            case ObjectTerm @object:
                return PlanObject(@object);
            case FunctionCallTerm call when call.Arguments.Count != call.Function.Arity:
            case BuiltinCallTerm other when other.Arguments.Count != other.Builtin.Arity:
                throw new PlanException(term.Location, "too many arguments: a result can be matched only where the call is a condition of its own");
            case FunctionCallTerm call:
                return new FunctionCallExpression(body.Context.Function(call.Function), PlanAll(call.Arguments), call.Location);
            case BuiltinCallTerm call:
                return PlanBuiltin(call);
            case ComprehensionTerm comprehension:
                return PlanComprehension(comprehension);
            case TemplateTerm template:
                return new TemplateExpression(
                    [.. template.Parts.Select(part => (part.Text, part.Expression is null ? null : PlanComprehension(part.Expression)))],
                    template.Location);
            default:
                throw new PlanException(term.Location, "this term is not supported here");
        }
    }

    private bool IsIterating(RefTerm reference) => Variables.Of(reference).Yields.Any(variable => !body.Bound.Contains(variable));

    private Expression[] PlanAll(IReadOnlyList<Term> terms) => [.. terms.Select(Plan)];

    private static Expression Fold(Expression[] parts, Func<Expression[], Expression> make)
    {
        var expression = make(parts);
        return parts.All(part => part is ConstantExpression) ? new ConstantExpression(expression.Evaluate(null!, [])!) : expression;
    }

    private Expression PlanObject(ObjectTerm @object)
    {
        var entries = @object.Entries.Select(entry => (Plan(entry.Key), Plan(entry.Value))).ToArray();
        var parts = entries.SelectMany(entry => new[] { entry.Item1, entry.Item2 }).ToArray();
        return Fold(parts, _ => new ObjectExpression(entries));
    }

    private Expression PlanBuiltin(BuiltinCallTerm call)
    {
        var operands = PlanAll(call.Arguments);
        var expression = new BuiltinCallExpression(call.Builtin, operands, call.Location);
        if (!call.Builtin.IsRelation)
        {
            return call.Builtin.Quick is null
                ? expression
                : new QuickCallExpression(call.Builtin, operands[0], operands.ElementAtOrDefault(1), expression, call.Location);
        }

        // A relation gives an array of results: go on with each.
        var slot = body.Frame.Allocate();
        body.Emit(new ScanStep(expression, -1, slot));
        return new SlotExpression(slot);
    }

    private ComprehensionExpression PlanComprehension(ComprehensionTerm comprehension)
    {
        var slot = body.Frame.Allocate();
        var inner = body.Inner();
        inner.Plan(comprehension.Body);
        var heads = comprehension.Key is null ? [comprehension.Value] : new[] { comprehension.Key, comprehension.Value };
        inner.Terms.IterateReferences(heads);
        var key = comprehension.Key is null ? null : inner.Terms.Plan(comprehension.Key);
        var value = inner.Terms.Plan(comprehension.Value);
        return comprehension.Kind switch
        {
            ComprehensionKind.Array => new(slot, static () => new RegoArray(4), inner.Finish(new YieldItemStep(slot, value))),
            ComprehensionKind.Set => new(slot, static () => new RegoSet(), inner.Finish(new YieldMemberStep(slot, value))),
            _ => new(slot, static () => new RegoObject(4), inner.Finish(new YieldEntryStep(slot, key!, value, comprehension.Location))),
        };
    }

    private Expression PlanReference(RefTerm reference)
    {
        switch (reference.Head)
        {
            case RootTerm { Root: DocumentRoot.Input }:
                return PlanSteps(new InputExpression(), reference.Path, 0, inDocument: false);
            case RootTerm:
                return PlanDataReference(reference.Path);
            default:
                return PlanSteps(Plan(reference.Head), reference.Path, 0, inDocument: false);
        }
    }

    private Expression PlanDataReference(IReadOnlyList<Term> path)
    {
        var (node, position) = (body.Context.Root, 0);
        while (position < path.Count && path[position] is ConstantTerm constant && node.Group is not { Kind: not RuleKind.Function } &&
            node.Child(constant.Value) is { } child)
        {
            (node, position) = (child, position + 1);
        }

        var below = BaseDocument(node.Keys);
        if (node.Group is { Kind: not RuleKind.Function } group)
        {
            var rule = new RuleExpression(body.Context.Rule(group), below);
            Expression value = body.Context.ConstantOf(group) is { } constant ? new ConstantRuleExpression(constant, rule) : rule;
            return PlanSteps(value, path, position, inDocument: false);
        }

        if (node.Group is not null)
        {
            throw new PlanException(path[^1].Location, $"{node.Path} is a function: it has a value only where it is called");
        }

        if (position < path.Count && path[position] is ConstantTerm)
        {
            RegoValue[] ground = [.. path.Skip(position).TakeWhile(step => step is ConstantTerm).Select(step => ((ConstantTerm)step).Value)];
            return PlanSteps(BaseDocument([.. node.Keys, .. ground]), path, position + ground.Length, inDocument: false);
        }

        var cursor = new CursorExpression(body.Context.Document(node), below);
        return new MaterializeExpression(PlanSteps(cursor, path, position, inDocument: true));
    }

    private BaseDocumentExpression BaseDocument(IEnumerable<RegoValue> path) => new([.. path.Select(body.Context.Share)]);

    private Expression PlanSteps(Expression current, IReadOnlyList<Term> path, int position, bool inDocument)
    {
        for (; position < path.Count; position++)
        {
            var step = path[position];
            if (!inDocument && step is ConstantTerm constant)
            {
                current = PathExpression.Of(current, body.Context.Share(constant.Value));
            }
            else if (Variables.BoundBy(step).All(body.Bound.Contains))
            {
                IterateReferences([step]);
                current = new LookupExpression(current, Plan(step));
            }
            else
            {
                current = Scan(current, step);
            }
        }

        return current;
    }

    private SlotExpression Scan(Expression collection, Term step)
    {
        var value = body.Frame.Allocate();
        if (step is LocalTerm local)
        {
            body.Emit(new ScanStep(collection, local.Variable.Name == "_" ? -1 : body.Frame.SlotOf(local.Variable), value));
            body.Bound.Add(local.Variable);
        }
        else
        {
            var key = body.Frame.Allocate();
            body.Emit(new ScanStep(collection, key, value));
            new UnificationPlanner(body).Plan(new PlannedTerm(step.Location, new SlotExpression(key)), step);
        }

        return new SlotExpression(value);
    }
}
