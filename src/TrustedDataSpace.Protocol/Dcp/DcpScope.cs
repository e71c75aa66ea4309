using System.Diagnostics.CodeAnalysis;

namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>
/// What a presentation query asks for (DCP §5.4.1.2): <c>[alias]:[discriminator]</c>, where a third part <c>:read</c>, as implementations write it,
/// may follow. Reading is the only thing that a scope allows.
/// </summary>
/// <param name="Alias"><see cref="ByType"/> or <see cref="ById"/>.</param>
/// <param name="Discriminator">A type of credential, or the id of one.</param>
public readonly record struct DcpScope(string Alias, string Discriminator)
{
    /// <summary>Credentials of a type.</summary>
    public const string ByType = "org.eclipse.dspace.dcp.vc.type";

    /// <summary>The credential of an id.</summary>
    public const string ById = "org.eclipse.dspace.dcp.vc.id";

    private const int MaxLength = 512;
    private const string Read = ":read";

    /// <summary>The scope for all credentials of a type, as it is sent.</summary>
    public static string ForType(string type) => $"{ByType}:{type}{Read}";

    /// <summary>Reads a scope; false when it is none of the two, or asks for another right than reading.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DcpScope scope)
    {
        scope = default;
        if (text is not { Length: <= MaxLength } || text.IndexOf(':', StringComparison.Ordinal) is not (> 0 and var at))
        {
            return false;
        }

        var (alias, rest) = (text[..at], text[(at + 1)..]);
        if (rest.EndsWith(Read, StringComparison.Ordinal))
        {
            rest = rest[..^Read.Length];
        }

        // The name of a type has no colon; an id is a URI and has.
        if (rest.Length == 0 || !(alias == ById || (alias == ByType && !rest.Contains(':', StringComparison.Ordinal))))
        {
            return false;
        }

        scope = new DcpScope(alias, rest);
        return true;
    }

    /// <summary>Whether a credential is meant.</summary>
    /// <param name="types">Its types.</param>
    /// <param name="id">Its id; null when it has none.</param>
    public bool Covers(IReadOnlyList<string> types, string? id) =>
        Alias == ById ? id == Discriminator : types.Contains(Discriminator, StringComparer.Ordinal);
}
