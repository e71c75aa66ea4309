using System.Globalization;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>
/// <c>json.patch</c>: RFC 6902, and beyond it paths as arrays of keys and changes inside sets, where a member is its own key. All
/// operations succeed, or the result is undefined.
/// </summary>
internal static class JsonPatchBuiltins
{
    public static IEnumerable<Builtin> All => [new("json.patch", 2, Patch)];

    /// <summary>What becomes of the member with a key; null if the operation is impossible.</summary>
    private delegate RegoValue? Change(RegoValue container, RegoValue key);

    private static RegoValue? Patch(BuiltinCall call)
    {
        RegoValue? document = call[0];
        foreach (var operation in call.Array(1).Select(Operation.Read).ToList())
        {
            document = Apply(call, document, operation);
            if (document is null)
            {
                return null;
            }
        }

        return document;
    }

    private static RegoValue? Apply(BuiltinCall call, RegoValue document, Operation operation)
    {
        switch (operation.Name)
        {
            case "add":
                return Insert(call, document, operation.Path, operation.Value!);
            case "remove":
                return Remove(call, document, operation.Path);
            case "replace":
                return operation.Path.Length == 0
                    ? operation.Value
                    : Remove(call, document, operation.Path) is { } without ? Insert(call, without, operation.Path, operation.Value!) : null;
            case "move":
                return Find(document, operation.From!) is { } moved && Remove(call, document, operation.From!) is { } rest
                    ? Insert(call, rest, operation.Path, moved)
                    : null;
            case "copy":
                return Find(document, operation.From!) is { } copied ? Insert(call, document, operation.Path, copied) : null;
            default:
                return Find(document, operation.Path) is { } present && present.Equals(operation.Value) ? document : null;
        }
    }

    private static RegoValue? Insert(BuiltinCall call, RegoValue document, RegoValue[] path, RegoValue value) =>
        path.Length == 0 ? value : Edit(call, document, path, (container, key) => Insert(container, key, value));

    private static RegoValue? Remove(BuiltinCall call, RegoValue document, RegoValue[] path) =>
        path.Length == 0 ? null : Edit(call, document, path, Remove);

    /// <summary>Copies the containers along the path and changes the last one.</summary>
    private static RegoValue? Edit(BuiltinCall call, RegoValue document, ReadOnlySpan<RegoValue> path, Change change)
    {
        call.Evaluation.Descend();
        call.Evaluation.SpendOn(document);
        if (path.Length == 1)
        {
            return change(document, path[0]);
        }

        if (Member(document, path[0]) is not { } member || Edit(call, member, path[1..], change) is not { } changed)
        {
            return null;
        }

        return document switch
        {
            RegoObject @object => @object.With(path[0], changed),
            RegoSet set => new RegoSet([.. set.Items.Where(item => !item.Equals(member)), changed]),
            RegoArray array when Index(path[0], array.Count) is { } index => new RegoArray([.. array.Take(index), changed, .. array.Skip(index + 1)]),
            _ => null,
        };
    }

    private static RegoValue? Find(RegoValue document, RegoValue[] path)
    {
        RegoValue? value = document;
        foreach (var key in path)
        {
            value = value is null ? null : Member(value, key);
        }

        return value;
    }

    private static RegoValue? Member(RegoValue container, RegoValue key) => container is RegoArray array
        ? Index(key, array.Count) is { } index && index < array.Count ? array[index] : null
        : container.Lookup(key);

    private static RegoValue? Insert(RegoValue container, RegoValue key, RegoValue value) => container switch
    {
        RegoObject @object => @object.With(key, value),
        RegoSet set when key.Equals(value) => new RegoSet([.. set.Items, value]),
        RegoArray array when Index(key, array.Count) is { } index && index <= array.Count =>
            new RegoArray([.. array.Take(index), value, .. array.Skip(index)]),
        _ => null,
    };

    private static RegoValue? Remove(RegoValue container, RegoValue key) => container switch
    {
        RegoObject @object when @object.Lookup(key) is not null => new RegoObject(@object.Entries.Where(entry => !entry.Key.Equals(key))),
        RegoSet set when set.Contains(key) => new RegoSet(set.Items.Where(item => !item.Equals(key))),
        RegoArray array when Index(key, array.Count) is { } index && index < array.Count =>
            new RegoArray([.. array.Take(index), .. array.Skip(index + 1)]),
        _ => null,
    };

    /// <summary>RFC 6901 §4: digits, or <c>-</c> for the place after the last one.</summary>
    private static int? Index(RegoValue key, int count) => key switch
    {
        RegoString { Value: "-" } => count,
        RegoString text when int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var index) => index,
        RegoNumber number when number.TryGetInt64(out var index) && index is >= 0 and <= int.MaxValue => (int)index,
        _ => null,
    };

    private sealed record Operation(string Name, RegoValue[] Path, RegoValue[]? From, RegoValue? Value)
    {
        public static Operation Read(RegoValue patch)
        {
            var @object = patch as RegoObject ??
                throw BuiltinException.WrongType(1, "array of objects", $"array containing {BuiltinCall.TypeName(patch)}");
            var name = (Attribute(@object, "op") as RegoString)?.Value;
            var value = name is "add" or "replace" or "test" ? Attribute(@object, "value") : null;
            var from = name is "move" or "copy" ? JsonPath.Steps(Attribute(@object, "from"), 1) : null;
            return name is "add" or "remove" or "replace" or "move" or "copy" or "test"
                ? new Operation(name, JsonPath.Steps(Attribute(@object, "path"), 1), from, value)
                : throw BuiltinException.Failed($"operand 2: unrecognized op {Attribute(@object, "op")}");
        }

        private static RegoValue Attribute(RegoObject patch, string name) =>
            patch[name] ?? throw BuiltinException.Failed($"operand 2: missing '{name}' attribute");
    }
}
