namespace TrustedDataSpace.Policy.Rego;

/// <summary>
/// The member names that objects read for one program have, learnt as they come: objects with the same names in the same order share one
/// table of names, so that reading one makes neither names nor a table, and looking into it stays in a few lines of memory. Nothing but
/// names is kept, and not without bound: beyond the limits an object has a table of its own.
/// </summary>
internal sealed class ObjectShapes
{
    private const int MostShapes = 4096;

    /// <summary>An object with many members is rather a map, whose names do not come again.</summary>
    private const int MostMembers = 64;

    /// <summary>So many different names may follow the same ones.</summary>
    private const int MostBranches = 32;

    private readonly Lock growth = new();
    private readonly Dictionary<string, RegoString> learnt = [];
    private int count;

    /// <summary>No members.</summary>
    public ObjectShape Root { get; } = new(null, RegoString.Empty, []);

    /// <summary>A shape with one more name, which it lacks so far; null if there is to be none.</summary>
    public ObjectShape? Grow(ObjectShape shape, ReadOnlySpan<byte> utf8, RegoString name)
    {
        if (count >= MostShapes || shape.Count == MostMembers || shape.Branches == MostBranches || utf8.Length > NameTable.LongestName)
        {
            return null;
        }

        lock (growth)
        {
            if (shape.Next(utf8) is { } meanwhile)
            {
                return meanwhile;
            }

            if (!learnt.TryGetValue(name.Value, out var same))
            {
                learnt.Add(name.Value, same = name);
            }

            var next = new ObjectShape(shape, same, utf8.ToArray());
            shape.Add(next);
            count++;
            return next;
        }
    }
}

/// <summary>The names of the members so far, while an object is read.</summary>
internal sealed class ObjectShape(ObjectShape? before, RegoString name, byte[] utf8)
{
    private volatile ObjectShape[] next = [];
    private volatile ObjectKeys? keys;

    public int Count { get; } = before is null ? 0 : before.Count + 1;

    public int Branches => next.Length;

    /// <summary>The last name.</summary>
    public RegoString Name => name;

    /// <summary>The table that the objects of this shape share.</summary>
    public ObjectKeys Keys => keys ??= new ObjectKeys(Names());

    /// <summary>The shape with this name, in UTF-8, as one more; null if it is not known.</summary>
    public ObjectShape? Next(ReadOnlySpan<byte> more)
    {
        foreach (var shape in next)
        {
            if (more.SequenceEqual(shape.Utf8))
            {
                return shape;
            }
        }

        return null;
    }

    /// <summary>Only under the lock of <see cref="ObjectShapes"/>.</summary>
    public void Add(ObjectShape shape) => next = [.. next, shape];

    /// <summary>The place of a name among these; -1 if it is none of them.</summary>
    public int Find(RegoString member)
    {
        for (var shape = this; shape.Count > 0; shape = shape.Before!)
        {
            if (member.Equals(shape.Name))
            {
                return shape.Count - 1;
            }
        }

        return -1;
    }

    private ObjectShape? Before => before;

    private byte[] Utf8 => utf8;

    private RegoValue[] Names()
    {
        var all = new RegoValue[Count];
        for (var shape = this; shape.Count > 0; shape = shape.Before!)
        {
            all[shape.Count - 1] = shape.Name;
        }

        return all;
    }
}
