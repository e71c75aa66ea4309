using System.Buffers.Binary;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>
/// The policies of a space at one revision: Rego modules and base documents, in the form that OPA's Bundle API distributes.
/// A bundle that exists has passed the structural checks; that its Rego compiles is known when an engine has loaded it.
/// </summary>
public sealed class PolicyBundle
{
    private const string ResourcePrefix = "policies/";
    private const string ComputedRevision = "sha256:";

    private PolicyBundle(string revision, IReadOnlyList<string> roots, IReadOnlyList<BundleFile> files, JsonElement? data)
    {
        Revision = revision;
        Roots = roots;
        Files = files;
        Data = data;
    }

    /// <summary>The manifest's revision, or <c>sha256:</c> and 16 hexadecimal digits over roots and files.</summary>
    public string Revision { get; }

    /// <summary>Whether a revision was computed over all of a bundle, so that no other bundle has it; others are names that somebody has given.</summary>
    public static bool IsComputed(string revision)
    {
        ArgumentNullException.ThrowIfNull(revision);
        return revision.StartsWith(ComputedRevision, StringComparison.Ordinal);
    }

    /// <summary>The paths below <c>data</c> that the bundle owns, with slashes.</summary>
    public IReadOnlyList<string> Roots { get; }

    /// <summary>All files but the manifest, sorted by path.</summary>
    public IReadOnlyList<BundleFile> Files { get; }

    /// <summary>The Rego modules.</summary>
    public IEnumerable<BundleFile> Modules => Files.Where(file => BundlePath.IsRego(file.Path));

    /// <summary>The merged base documents, or null when the bundle has none.</summary>
    public JsonElement? Data { get; }

    /// <summary>What an archive holds, in its order: the manifest with the revision, then the files. A signature covers these texts.</summary>
    public IEnumerable<BundleFile> ArchiveFiles => [new(BundlePath.Manifest, new BundleManifest(Revision, Roots).Write()), .. Files];

    /// <summary>The policies this library was built with.</summary>
    public static PolicyBundle BuiltIn()
    {
        var assembly = typeof(PolicyBundle).Assembly;
        return Create(assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => new BundleFile(name[ResourcePrefix.Length..], ReadResource(assembly, name))));
    }

    /// <summary>Reads a folder of policies. Tests (<c>*_test.rego</c>) and files that are not part of bundles stay out; links are refused.</summary>
    /// <param name="path">The folder that holds <c>.manifest</c>.</param>
    /// <exception cref="PolicyBundleException">The folder is not a usable bundle.</exception>
    public static PolicyBundle FromFolder(string path)
    {
        var folder = new DirectoryInfo(path);
        var files = new List<BundleFile>();
        var problems = new List<string>();
        try
        {
            ReadFolder(folder, "", files, problems);
        }
        catch (IOException e)
        {
            throw new PolicyBundleException([$"{path}: {e.Message}"], e);
        }

        return problems.Count == 0 ? Create(files) : throw new PolicyBundleException(problems);
    }

    /// <summary>Reads a <c>.tar.gz</c> archive as OPA's Bundle API serves it.</summary>
    /// <param name="archive">The compressed archive, read to its end; not closed.</param>
    /// <exception cref="PolicyBundleException">The archive is damaged, too large, or holds what a bundle may not hold.</exception>
    public static PolicyBundle FromArchive(Stream archive) => Create(BundleArchive.Read(archive));

    /// <summary>Makes a bundle of files, one of which is the <c>.manifest</c>.</summary>
    /// <param name="files">The files, in any order.</param>
    /// <exception cref="PolicyBundleException">The files do not make a bundle; all problems are listed.</exception>
    public static PolicyBundle Create(IEnumerable<BundleFile> files)
    {
        var problems = new List<string>();
        var sorted = files.OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        CheckFiles(sorted, problems);

        var manifestFile = sorted.Find(file => file.Path == BundlePath.Manifest);
        sorted.RemoveAll(file => file.Path == BundlePath.Manifest);
        if (manifestFile is null)
        {
            throw new PolicyBundleException([.. problems, $"{BundlePath.Manifest}: is missing"]);
        }

        var manifest = BundleManifest.Parse(manifestFile.Text, problems);
        BundleRules.Check(sorted, manifest.Roots, problems);
        var data = BundleRules.Data(sorted, problems);
        var computed = ComputeRevision(manifest.Roots, sorted);

        // A revision that says what the content is must say the truth: decision records point at it.
        if (manifest.Revision is { } given && given.StartsWith(ComputedRevision, StringComparison.Ordinal) && given != computed)
        {
            problems.Add($"{BundlePath.Manifest}: revision is {given} but the content is {computed}");
        }

        return problems.Count == 0
            ? new PolicyBundle(manifest.Revision ?? computed, manifest.Roots, sorted, data)
            : throw new PolicyBundleException(problems);
    }

    /// <summary>The same bundle with one more file, such as a layer of the connector's own; its revision is computed anew.</summary>
    /// <param name="file">The file; its path must be new.</param>
    /// <exception cref="PolicyBundleException">The file may not be part of the bundle.</exception>
    public PolicyBundle With(BundleFile file) => WithAll([file]);

    /// <summary>The same bundle with more files; its revision is computed anew.</summary>
    /// <param name="files">The files; their paths must be new.</param>
    /// <exception cref="PolicyBundleException">A file may not be part of the bundle.</exception>
    public PolicyBundle WithAll(IEnumerable<BundleFile> files) =>
        Create([new(BundlePath.Manifest, new BundleManifest(null, Roots).Write()), .. Files, .. files]);

    /// <summary>Writes the archive; the same bundle always gives the same bytes.</summary>
    /// <param name="destination">Where to; not closed.</param>
    public void WriteArchive(Stream destination) => BundleArchive.Write(destination, ArchiveFiles);

    private static void CheckFiles(List<BundleFile> files, List<string> problems)
    {
        if (files.Count > BundleLimits.MaxFiles)
        {
            problems.Add($"the bundle has more than {BundleLimits.MaxFiles} files");
        }

        if (files.Sum(file => (long)file.Text.Length) > BundleLimits.MaxTotalBytes)
        {
            problems.Add($"the bundle is larger than {BundleLimits.MaxTotalBytes} bytes");
        }

        problems.AddRange(files.Where(file => BundlePath.Problem(file.Path) is not null).Select(file => $"{file.Path}: {BundlePath.Problem(file.Path)}"));

        // Paths that differ in case only would be one file on some file systems.
        problems.AddRange(files.GroupBy(file => file.Path, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1).Select(same => $"{same.Key}: is there more than once"));
    }

    private static void ReadFolder(DirectoryInfo folder, string prefix, List<BundleFile> files, List<string> problems)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            var path = prefix + entry.Name;
            var isFolder = entry is DirectoryInfo;
            if (!isFolder && (!BundlePath.IsKnown(path) || BundlePath.IsTest(path)))
            {
                continue;
            }

            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
            {
                problems.Add($"{path}: is a link; copy the file");
            }
            else if (isFolder)
            {
                ReadFolder((DirectoryInfo)entry, path + "/", files, problems);
            }
            else if (((FileInfo)entry).Length > BundleLimits.MaxFileBytes)
            {
                problems.Add($"{path}: is larger than {BundleLimits.MaxFileBytes} bytes");
            }
            else
            {
                files.Add(new(path, File.ReadAllText(entry.FullName)));
            }
        }
    }

    private static string ComputeRevision(IReadOnlyList<string> roots, List<BundleFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, string.Join('\n', roots));
        foreach (var file in files.Where(file => file.Path != BundlePath.Signatures))
        {
            Append(hash, file.Path);
            Append(hash, file.Text);
        }

        return ComputedRevision + Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    // Length first: else two different lists of files could run together into the same bytes.
    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    private static string ReadResource(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"Resource '{name}' is missing.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
