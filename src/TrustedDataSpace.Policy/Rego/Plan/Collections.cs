using System.Text;
using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

internal sealed class ArrayExpression(Expression[] items) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var array = new RegoArray(items.Length);
        foreach (var item in items)
        {
            if (item.Evaluate(evaluation, slots) is not { } value)
            {
                return null;
            }

            array.Append(value);
        }

        return array;
    }
}

internal sealed class SetExpression(Expression[] items) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var set = new RegoSet();
        foreach (var item in items)
        {
            if (item.Evaluate(evaluation, slots) is not { } value)
            {
                return null;
            }

            set.Add(value);
        }

        return set;
    }
}

internal sealed class ObjectExpression((Expression Key, Expression Value)[] entries) : Expression
{
    /// <summary>Set if the keys are constants, and distinct: all objects that are made here have the same ones.</summary>
    private readonly ObjectKeys? keys = ConstantKeys(entries);

    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (keys is not null)
        {
            var values = new RegoValue[entries.Length];
            for (var i = 0; i < values.Length; i++)
            {
                if (entries[i].Value.Evaluate(evaluation, slots) is not { } value)
                {
                    return null;
                }

                values.Put(i, value);
            }

            return new RegoObject(keys, values);
        }

        var @object = new RegoObject(entries.Length);
        foreach (var (keyExpression, valueExpression) in entries)
        {
            if (keyExpression.Evaluate(evaluation, slots) is not { } key || valueExpression.Evaluate(evaluation, slots) is not { } value)
            {
                return null;
            }

            @object.Set(key, value);
        }

        return @object;
    }

    private static ObjectKeys? ConstantKeys((Expression Key, Expression Value)[] entries)
    {
        var constants = entries.Select(entry => entry.Key).OfType<ConstantExpression>().Select(key => key.Value).ToArray();
        return constants.Length == entries.Length && constants.Distinct().Count() == constants.Length ? new ObjectKeys(constants) : null;
    }
}

/// <summary>Fills a collection with the solutions of a body; always defined.</summary>
internal sealed class ComprehensionExpression(int slot, Func<RegoValue> empty, Step body) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var result = empty();
        slots.Put(slot, result);
        body.Execute(evaluation, slots);
        return result;
    }
}

/// <summary>A template string. Each expression is a set with at most one member; an empty one shows as undefined.</summary>
internal sealed class TemplateExpression((string? Text, Expression? Value)[] parts, SourceLocation location) : Expression
{
    public override RegoValue? Evaluate(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var text = new StringBuilder();
        foreach (var (literal, expression) in parts)
        {
            if (expression is null)
            {
                text.Append(literal);
                continue;
            }

            var values = (RegoSet)expression.Evaluate(evaluation, slots)!;
            if (values.Count > 1)
            {
                throw new RegoEvaluationException(
                    RegoEvaluationException.Conflict, "the expression of a template string has several values", location);
            }

            text.Append(values.Count == 0 ? "<undefined>" : ValueText.Display(values.Table[0]));
        }

        return new RegoString(text.ToString());
    }
}
