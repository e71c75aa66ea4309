using TrustedDataSpace.Policy.Rego.Evaluation;

namespace TrustedDataSpace.Policy.Rego.Plan;

/// <summary>One solution is enough.</summary>
internal sealed class SucceedStep : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots) => true;
}

/// <summary>Takes the value of a complete rule or function that is no constant; all solutions must agree.</summary>
internal sealed class YieldValueStep(Expression value, string conflict, SourceLocation location) : Step
{
    private readonly Operand value = value;

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (value.Evaluate(evaluation, slots) is not { } result)
        {
            return false;
        }

        if (slots[0] is not { } known)
        {
            slots.Put(0, result);
        }
        else if (!known.Equals(result))
        {
            throw new RegoEvaluationException(RegoEvaluationException.Conflict, conflict, location);
        }

        return false;
    }
}

/// <summary>Adds a member to the set in a slot.</summary>
internal sealed class YieldMemberStep(int slot, Expression member) : Step
{
    private readonly Operand member = member;

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (member.Evaluate(evaluation, slots) is { } value)
        {
            ((RegoSet)slots[slot]!).Add(value);
        }

        return false;
    }
}

/// <summary>Adds an item to the array in a slot.</summary>
internal sealed class YieldItemStep(int slot, Expression item) : Step
{
    private readonly Operand item = item;

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (item.Evaluate(evaluation, slots) is { } value)
        {
            ((RegoArray)slots[slot]!).Append(value);
        }

        return false;
    }
}

/// <summary>Adds an entry to the object in a slot; a key cannot have two values.</summary>
internal sealed class YieldEntryStep(int slot, Expression key, Expression value, SourceLocation location) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (key.Evaluate(evaluation, slots) is { } name && value.Evaluate(evaluation, slots) is { } content &&
            !((RegoObject)slots[slot]!).TryAdd(name, content))
        {
            throw new RegoEvaluationException(RegoEvaluationException.Conflict, "object keys must be unique", location);
        }

        return false;
    }
}

/// <summary>Adds a value, or a member of a set, at a path of the document that a partial object rule builds.</summary>
internal sealed class YieldPathStep(Expression[] path, Expression content, bool isMember, SourceLocation location) : Step
{
    private readonly Operand[] path = Operand.All(path);

    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        if (CallArguments.Evaluate(evaluation, slots, path) is not { } keys || content.Evaluate(evaluation, slots) is not { } value)
        {
            return false;
        }

        if (!((PartialDocument)slots[0]!).TryAdd(keys, value, isMember))
        {
            throw new RegoEvaluationException(RegoEvaluationException.Conflict, "object keys must be unique", location);
        }

        return false;
    }
}

/// <summary>Keeps the variables of a query.</summary>
internal sealed class YieldBindingsStep(int slot, (RegoString Name, int Slot)[] variables) : Step
{
    public override bool Execute(Evaluation.Evaluation evaluation, RegoValue?[] slots)
    {
        var bindings = new RegoObject(variables.Length);
        foreach (var (name, variable) in variables)
        {
            bindings.Set(name, slots[variable]!);
        }

        ((RegoArray)slots[slot]!).Append(bindings);
        return false;
    }
}
