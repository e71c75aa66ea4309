using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>
/// Computes one value from the slots of a frame, or null for undefined. It never iterates: iteration is done by the
/// <see cref="Step"/>s before it. Immutable, so shared by all threads.
/// </summary>
internal abstract class Expression
{
    public abstract RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots);
}

internal sealed class ConstantExpression(RegoValue value) : Expression
{
    public RegoValue Value { get; } = value;

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots) => Value;
}

internal sealed class SlotExpression(int slot) : Expression
{
    public int Slot { get; } = slot;

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots) => slots[Slot];
}

internal sealed class InputExpression : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots) => evaluation.Scope.Input;
}

/// <summary>
/// A base document: no rule can define anything at or below this path. A number in the path also finds a member named by its text,
/// because OPA reads base documents by paths of strings.
/// </summary>
internal sealed class BaseDocumentExpression(RegoValue[] path) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        RegoValue? value = evaluation.Scope.Data;
        for (var i = 0; i < path.Length && value is not null; i++)
        {
            value = value.Lookup(path[i]) ?? (value is RegoObject && path[i] is RegoNumber ? value.Lookup(new RegoString(path[i].ToString())) : null);
        }

        return value;
    }
}

/// <summary>The value of a rule.</summary>
internal sealed class RuleExpression(RulePlan rule, BaseDocumentExpression replacement) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        evaluation.Scope.ReplacedPaths is not null && evaluation.Scope.Replaces(rule.Path)
            ? replacement.Evaluate(evaluation, slots)
            : rule.Evaluate(evaluation);
}

/// <summary>The value of a rule that is a constant.</summary>
internal sealed class ConstantRuleExpression(RegoValue value, RuleExpression rule) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots) =>
        evaluation.Scope.ReplacedPaths is null ? value : rule.Evaluate(evaluation, slots);
}

/// <summary>A place in <c>data</c> from which the reference goes on with a key that is only known when it runs.</summary>
internal sealed class CursorExpression(DocumentNode node, BaseDocumentExpression @base) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var below = @base.Evaluate(evaluation, slots);
        return evaluation.Scope.Replaces(node.Keys) ? below : below is null ? node.Bare : new DocumentCursor(node, below);
    }
}

/// <summary>One step of a reference.</summary>
internal sealed class LookupExpression(Expression collection, Expression key) : Expression
{
    private readonly Operand collection = collection;
    private readonly Operand key = key;

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (collection.Evaluate(evaluation, slots) is not { } container || key.Evaluate(evaluation, slots) is not { } index)
        {
            return null;
        }

        return container is DocumentCursor cursor ? evaluation.Descend(cursor, index) : container.Lookup(index);
    }
}

/// <summary>One step with a constant key into a value that is no document of rules.</summary>
internal sealed class MemberExpression(Expression collection, RegoValue key) : Expression
{
    private readonly Operand head = collection;
    private int place;

    public Expression Collection => collection;

    public RegoValue Key => key;

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var value = head.Evaluate(evaluation, slots);
        return value is RegoObject @object ? @object.Lookup(key, ref place) : value?.Lookup(key);
    }
}

/// <summary>Several such steps.</summary>
internal sealed class PathExpression : Expression
{
    private readonly Expression collection;
    private readonly Operand head;
    private readonly RegoValue[] keys;

    /// <summary>Where the keys were; many threads may write it, and it is only a guess.</summary>
    private readonly int[] places;

    private PathExpression(Expression collection, RegoValue[] keys) =>
        (this.collection, head, this.keys, places) = (collection, collection, keys, new int[keys.Length]);

    /// <summary>One step more.</summary>
    public static Expression Of(Expression collection, RegoValue key) => collection switch
    {
        PathExpression path => new PathExpression(path.collection, [.. path.keys, key]),
        MemberExpression first => new PathExpression(first.Collection, [first.Key, key]),
        _ => new MemberExpression(collection, key),
    };

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var value = head.Evaluate(evaluation, slots);
        for (var i = 0; i < keys.Length && value is not null; i++)
        {
            value = value is RegoObject @object ? @object.Lookup(keys[i], ref places[i]) : value.Lookup(keys[i]);
        }

        return value;
    }
}

/// <summary>The end of a reference that may have stopped inside a document of rules.</summary>
internal sealed class MaterializeExpression(Expression inner) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var value = inner.Evaluate(evaluation, slots);
        return value is DocumentCursor cursor ? cursor.ToValue(evaluation) : value;
    }
}
