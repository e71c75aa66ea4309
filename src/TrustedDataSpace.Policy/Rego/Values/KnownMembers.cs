using System.Text;

namespace TrustedDataSpace.Policy.Rego;

/// <summary>The first members of objects, read for one program; what is read behind them shares their values.</summary>
/// <param name="Names">The names of the program.</param>
/// <param name="Members">The members.</param>
/// <param name="Shape">Where reading goes on behind them; null: their names are too many, or not to be learnt.</param>
internal sealed record KnownMembers(NameTable Names, RegoObject Members, ObjectShape? Shape)
{
    /// <exception cref="System.Text.Json.JsonException">The text is not JSON.</exception>
    /// <exception cref="InvalidCastException">It is no object.</exception>
    public static KnownMembers Read(ReadOnlySpan<byte> utf8, NameTable names)
    {
        var members = (RegoObject)JsonReading.Read(utf8, names);
        KeptResults.Begin(members);
        return new KnownMembers(names, members, ShapeOf(members, names));
    }

    private static ObjectShape? ShapeOf(RegoObject members, NameTable names)
    {
        var shape = names.Shapes.Root;
        for (var i = 0; i < members.Count && shape is not null; i++)
        {
            shape = shape.Next(Encoding.UTF8.GetBytes(((RegoString)members.Table[i]).Value));
        }

        return shape;
    }
}
