using System.Text.Json;
using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Authority.Credentials;

/// <summary>The credential types of the space. A document that cannot be used stops the start: credentials of it would be missing, and nobody would notice.</summary>
internal sealed partial class CredentialTypes
{
    private const string Resource = ".Credentials.Types.";
    private const int MostTypes = 100;

    private readonly Dictionary<string, CredentialType> byName = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">A document cannot be used, or the types do not make a whole.</exception>
    public CredentialTypes(AuthoritySettings settings)
    {
        foreach (var (source, bytes) in settings.Credentials.Folder is { } folder ? InFolder(folder) : BuiltIn())
        {
            Add(source, bytes);
        }

        if (byName.Count > MostTypes)
        {
            throw new InvalidOperationException($"There are more than {MostTypes} credential types.");
        }

        Membership = Only(CredentialSources.Membership) ?? throw new InvalidOperationException("No credential type has the source 'membership': there must be one.");
        Organisation = Only(CredentialSources.Organisation);
    }

    /// <summary>All types, by name.</summary>
    public IReadOnlyList<CredentialType> All => [.. byName.Values.OrderBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>The type that is issued with each admission.</summary>
    public CredentialType Membership { get; }

    /// <summary>The type that says who stands behind a member; null when the space has none.</summary>
    public CredentialType? Organisation { get; }

    /// <summary>The type of that name; null when the space has none.</summary>
    public CredentialType? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The type of that name.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public CredentialType Get(string name) => Find(name)
        ?? throw new RefusalException(RefusalCode.NotFound, "There is no credential type of that name here.") { Term = "type", Remedy = $"Use one of: {string.Join(", ", byName.Keys.Order(StringComparer.Ordinal))}." };

    private static IEnumerable<(string Source, byte[] Bytes)> InFolder(string folder) =>
        Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(file => (file, File.ReadAllBytes(file)));

    private static IEnumerable<(string Source, byte[] Bytes)> BuiltIn()
    {
        var assembly = typeof(CredentialTypes).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.Contains(Resource, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            yield return (name, bytes);
        }
    }

    private void Add(string source, byte[] bytes)
    {
        try
        {
            var document = ProtocolJson.Read<TypeDocument>(bytes);
            if (!TypeName().IsMatch(document.Type) || document.Type == VerifiableCredential.BaseType)
            {
                throw new InvalidOperationException($"{source}: type '{document.Type}' must be a word of letters and digits, 64 at most, that begins with a capital");
            }

            if (document.Source is not (CredentialSources.Membership or CredentialSources.Organisation or CredentialSources.Operator))
            {
                throw new InvalidOperationException($"{source}: source must be {CredentialSources.Membership}, {CredentialSources.Organisation} or {CredentialSources.Operator}");
            }

            if (document.LifetimeDays is < 1 or > 3660)
            {
                throw new InvalidOperationException($"{source}: lifetimeDays must lie between 1 and 3660");
            }

            var lifetime = document.LifetimeDays is { } days ? TimeSpan.FromDays(days) : (TimeSpan?)null;
            var type = new CredentialType(document.Type, document.Title, document.Source, lifetime, document.Claims, ClaimSchema.Read(document.Claims));
            if (!byName.TryAdd(type.Name, type))
            {
                throw new InvalidOperationException($"{source}: the type '{type.Name}' is described twice");
            }
        }
        catch (RefusalException refusal)
        {
            throw new InvalidOperationException($"{source} describes no credential type: {refusal.Message}", refusal);
        }
    }

    private CredentialType? Only(string source) => byName.Values.Where(type => type.Source == source).ToList() switch
    {
        [] => null,
        [var one] => one,
        _ => throw new InvalidOperationException($"Several credential types have the source '{source}': there may be one."),
    };

    [GeneratedRegex(@"\A[A-Z][A-Za-z0-9]{0,63}\z")]
    private static partial Regex TypeName();

    private sealed record TypeDocument(string Type, string Title, string Source, JsonElement Claims, int? LifetimeDays = null);
}
