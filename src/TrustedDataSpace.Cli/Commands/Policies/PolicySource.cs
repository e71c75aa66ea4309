using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary>Modules and base documents as somebody named them on the command line.</summary>
/// <param name="Modules">Rego files, tests among them where they were named or lie in a folder.</param>
/// <param name="Data">Base documents.</param>
internal sealed record PolicySource(IReadOnlyList<RegoSource> Modules, RegoValue Data)
{
    private const string Archive = ".tar.gz";

    /// <exception cref="CannotStartException">Something named is not there or cannot be read.</exception>
    public static PolicySource Read(IReadOnlyList<string> policies, IReadOnlyList<string> data)
    {
        var modules = new List<RegoSource>();
        var documents = new JsonObject();
        foreach (var path in policies.Count == 0 ? [Samples.Policies] : policies)
        {
            Add(path, modules, documents);
        }

        foreach (var file in data)
        {
            Merge(documents, ReadObject(file), file);
        }

        return new(modules, RegoValue.ParseJson(documents.ToJsonString()));
    }

    public RegoProgram Compile() => RegoCompiler.Compile(Modules, Data);

    private static void Add(string path, List<RegoSource> modules, JsonObject documents)
    {
        if (Directory.Exists(path))
        {
            AddFolder(path, modules, documents);
        }
        else if (!File.Exists(path))
        {
            throw new CannotStartException($"There is no file or folder {Path.GetFullPath(path)}.");
        }
        else if (path.EndsWith(Archive, StringComparison.Ordinal))
        {
            var bundle = ReadArchive(path);
            modules.AddRange(bundle.Modules.Select(file => new RegoSource(file.Path, file.Text)));
            if (bundle.Data is { } content)
            {
                Merge(documents, JsonObject.Create(content)!, path);
            }
        }
        else
        {
            modules.Add(new RegoSource(path, File.ReadAllText(path)));
        }
    }

    private static void AddFolder(string folder, List<RegoSource> modules, JsonObject documents)
    {
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/');
            if (name.EndsWith(".rego", StringComparison.Ordinal))
            {
                modules.Add(new RegoSource(name, File.ReadAllText(file)));
            }
            else if (Path.GetFileName(file) == "data.json")
            {
                // As in a bundle: the folder is the path below data.
                JsonNode content = ReadObject(file);
                foreach (var segment in name.Split('/')[..^1].Reverse())
                {
                    content = new JsonObject { [segment] = content };
                }

                Merge(documents, (JsonObject)content, file);
            }
        }
    }

    private static PolicyBundle ReadArchive(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return PolicyBundle.FromArchive(stream);
        }
        catch (PolicyBundleException failure)
        {
            throw new CannotStartException($"{path}: {failure.Message}", failure);
        }
    }

    private static JsonObject ReadObject(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file)) as JsonObject ?? throw new CannotStartException($"{file}: is not a JSON object.");
        }
        catch (JsonException failure)
        {
            throw new CannotStartException($"{file}: is not JSON: {failure.Message}", failure);
        }
    }

    private static void Merge(JsonObject target, JsonObject more, string file)
    {
        foreach (var (name, value) in more)
        {
            if (target[name] is JsonObject below && value is JsonObject above)
            {
                Merge(below, above, file);
            }
            else if (!target.TryAdd(name, value?.DeepClone()))
            {
                throw new CannotStartException($"{file}: gives {name}, which another file gives too.");
            }
        }
    }
}
