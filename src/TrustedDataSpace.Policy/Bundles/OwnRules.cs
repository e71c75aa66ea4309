namespace TrustedDataSpace.Policy.Bundles;

/// <summary>
/// A connector's own rules: one more layer over the bundle of the space. A layer can only deny and add duties, so a connector narrows what
/// the space allows and cannot widen it; to be sure of that, its rules are all in a package that the space has not.
/// </summary>
public static class OwnRules
{
    private const string Package = "tds.layers.own";
    private const string Folder = "layers/own/";

    /// <summary>The bundle with the rules of a folder. Tests stay out; the revision is that of the whole.</summary>
    /// <param name="bundle">Of the space.</param>
    /// <param name="folder">Folder with <c>.rego</c> files of the package <c>tds.layers.own</c>.</param>
    /// <exception cref="PolicyBundleException">The rules may not be part of it; all problems are listed.</exception>
    public static PolicyBundle Over(PolicyBundle bundle, string folder)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var problems = new List<string>();
        if (bundle.Modules.Any(IsOwn))
        {
            problems.Add($"the bundle of the space has rules in {Package}, which is for those of a connector");
        }

        var files = Read(folder, problems);
        problems.AddRange(files.Where(file => !IsOwn(file)).Select(file => $"{file.Path}: own rules begin with 'package {Package}'"));
        if (files.Count == 0 && problems.Count == 0)
        {
            problems.Add($"{folder}: has no .rego file");
        }

        return problems.Count == 0 ? bundle.WithAll(files) : throw new PolicyBundleException(problems);
    }

    private static bool IsOwn(BundleFile file) => BundleRules.PackageOf(file) is { } name && (name == Package || name.StartsWith(Package + ".", StringComparison.Ordinal));

    private static List<BundleFile> Read(string folder, List<string> problems)
    {
        var files = new List<BundleFile>();
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*.rego").Where(file => !BundlePath.IsTest(file.Name)))
            {
                if (file.Attributes.HasFlag(FileAttributes.ReparsePoint) || file.Length > BundleLimits.MaxFileBytes)
                {
                    problems.Add($"{file.Name}: is a link, or larger than {BundleLimits.MaxFileBytes} bytes");
                    continue;
                }

                files.Add(new BundleFile(Folder + file.Name, File.ReadAllText(file.FullName)));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{folder}: {failure.Message}");
        }

        return files;
    }
}
