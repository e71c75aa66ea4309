using System.Globalization;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Taking parts of documents by paths: <c>"a/b/0"</c> (with JSON pointer escapes) or arrays of keys.</summary>
internal static class JsonPathBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("json.remove", 2, call => Remove(call.Object(0), PathTree.Of(call, 1))),
        new("json.filter", 2, call => Filter(call.Object(0), PathTree.Of(call, 1))),
    ];

    private static RegoValue Remove(RegoValue value, PathTree paths)
    {
        switch (value)
        {
            case RegoObject @object:
                return new RegoObject(@object.Entries
                    .Where(entry => paths.Find(entry.Key) is not { IsEnd: true })
                    .Select(entry => KeyValuePair.Create(entry.Key, paths.Find(entry.Key) is { } below ? Remove(entry.Value, below) : entry.Value)));
            case RegoArray array:
                return new RegoArray(array.Index()
                    .Where(item => paths.Find(item.Index) is not { IsEnd: true })
                    .Select(item => paths.Find(item.Index) is { } below ? Remove(item.Item, below) : item.Item));
            case RegoSet set:
                return new RegoSet(set.Items
                    .Where(item => paths.Find(item) is not { IsEnd: true })
                    .Select(item => paths.Find(item) is { } below ? Remove(item, below) : item));
            default:
                return value;
        }
    }

    private static RegoValue Filter(RegoValue value, PathTree paths)
    {
        if (paths.IsEnd)
        {
            return value;
        }

        return value switch
        {
            RegoObject @object => new RegoObject(@object.Entries
                .Where(entry => paths.Find(entry.Key) is not null)
                .Select(entry => KeyValuePair.Create(entry.Key, Filter(entry.Value, paths.Find(entry.Key)!)))),
            RegoArray array => new RegoArray(array.Index()
                .Where(item => paths.Find(item.Index) is not null)
                .Select(item => Filter(item.Item, paths.Find(item.Index)!))),
            RegoSet set => new RegoSet(set.Items.Where(item => paths.Find(item) is not null).Select(item => Filter(item, paths.Find(item)!))),
            _ => value,
        };
    }

    /// <summary>Several paths, joined where they begin alike.</summary>
    private sealed class PathTree
    {
        private readonly Dictionary<RegoValue, PathTree> children = [];

        /// <summary>Whether a path ends here: what is below does not matter then.</summary>
        public bool IsEnd { get; private set; }

        public static PathTree Of(BuiltinCall call, int operand)
        {
            var root = new PathTree();
            foreach (var path in call.Members(operand))
            {
                var node = root;
                foreach (var step in JsonPath.Steps(path, operand))
                {
                    if (!node.children.TryGetValue(step, out var child))
                    {
                        node.children.Add(step, child = new PathTree());
                    }

                    node = child;
                }

                node.IsEnd = true;
            }

            return root;
        }

        public PathTree? Find(RegoValue key) => children.GetValueOrDefault(key);

        public PathTree? Find(int index) =>
            Find(new RegoNumber(index)) ?? Find(new RegoString(index.ToString(CultureInfo.InvariantCulture)));
    }
}

/// <summary>A place in a document: <c>"a/b/0"</c> with the escapes of RFC 6901 §3, or an array of keys.</summary>
internal static class JsonPath
{
    public static RegoValue[] Steps(RegoValue path, int operand) => path switch
    {
        RegoArray steps => [.. steps],
        RegoString { Value: "" } => [],
        RegoString text =>
        [
            .. text.Value.TrimStart('/').Split('/').Select(step => new RegoString(
                step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))),
        ],
        _ => throw BuiltinException.WrongType(
            operand, "one of {set, array} containing string paths or array of path segments", BuiltinCall.TypeName(path)),
    };
}
