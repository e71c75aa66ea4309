namespace TrustedDataSpace.Cli.Space;

/// <summary>The samples and policies that come with <c>tds</c>.</summary>
internal static class Samples
{
    /// <summary>The folder of a sample beside <c>tds</c>.</summary>
    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "samples", name);

    /// <summary>The policies beside <c>tds</c>.</summary>
    public static string Policies => Path.Combine(AppContext.BaseDirectory, "policies");

    /// <summary>A folder as the user named it: from the working directory, else beside <c>tds</c>.</summary>
    public static string Find(string path) =>
        Directory.Exists(path) || !Directory.Exists(Path.Combine(AppContext.BaseDirectory, path)) ? Path.GetFullPath(path) : Path.Combine(AppContext.BaseDirectory, path);
}
