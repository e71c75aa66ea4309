namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>Walking through documents and graphs. A graph is an object from nodes to arrays or sets of nodes.</summary>
internal static class GraphBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("walk", 1, call => Walk(call)) { IsRelation = true },
        new("graph.reachable", 2, Reachable),
        new("graph.reachable_paths", 2, ReachablePaths),
    ];

    /// <summary>Each part of the document with the path to it, the whole first.</summary>
    private static RegoArray Walk(BuiltinCall call)
    {
        var visits = new RegoArray(16);
        Visit(call, call[0], [], visits);
        return visits;
    }

    private static void Visit(BuiltinCall call, RegoValue value, RegoValue[] path, RegoArray visits)
    {
        call.Evaluation.Descend();
        call.Evaluation.Spend((long)path.Length / 8);
        visits.Append(new RegoArray([new RegoArray(path), value]));
        IEnumerable<KeyValuePair<RegoValue, RegoValue>> members = value switch
        {
            RegoArray array => array.Index().Select(item => KeyValuePair.Create<RegoValue, RegoValue>(new RegoNumber(item.Index), item.Item)),
            RegoObject @object => @object.Entries,
            RegoSet set => set.Items.Select(item => KeyValuePair.Create(item, item)),
            _ => [],
        };
        foreach (var (key, member) in members)
        {
            Visit(call, member, [.. path, key], visits);
        }
    }

    private static RegoSet Reachable(BuiltinCall call)
    {
        var graph = call.Object(0);
        var reached = new RegoSet();
        var queue = new Queue<RegoValue>(call.Members(1));
        while (queue.TryDequeue(out var node))
        {
            call.Evaluation.Spend();
            if (graph.Lookup(node) is not { } edges || reached.Contains(node))
            {
                continue;
            }

            reached.Add(node);
            foreach (var next in Nodes(edges))
            {
                queue.Enqueue(next);
            }
        }

        return reached;
    }

    private static IEnumerable<RegoValue> Nodes(RegoValue edges) => edges switch
    {
        RegoArray array => array,
        RegoSet set => set.Items,
        _ => [],
    };

    /// <summary>Every path from a start to where it can go no further without coming back to itself.</summary>
    private static RegoSet ReachablePaths(BuiltinCall call)
    {
        var graph = call.Object(0);
        var paths = new RegoSet();
        foreach (var start in call.Members(1))
        {
            if (graph.Lookup(start) is not null)
            {
                Extend(call, graph, [start], paths);
            }
        }

        return paths;
    }

    private static void Extend(BuiltinCall call, RegoObject graph, RegoValue[] path, RegoSet paths)
    {
        call.Evaluation.Descend();
        RegoValue[] onward = [.. graph.Lookup(path[^1]) is { } edges ? Nodes(edges).Where(node => graph.Lookup(node) is not null && !path.Contains(node)) : []];
        if (onward.Length == 0)
        {
            paths.Add(new RegoArray(path));
        }

        foreach (var next in onward)
        {
            Extend(call, graph, [.. path, next], paths);
        }
    }
}
