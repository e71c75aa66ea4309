namespace TrustedDataSpace.Policy.Tests;

/// <summary>Folders of the source tree that tests read.</summary>
internal static class RepositoryFolder
{
    public static string Policies { get; } = Find("policies");

    public static string Patterns { get; } = Find("samples/patterns");

    public static string Docs { get; } = Find("docs");

    public static string Questions { get; } = Find("samples/questions");

    private static string Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "TrustedDataSpace.sln")))
            {
                return Path.Combine(folder.FullName, name);
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds TrustedDataSpace.sln.");
    }
}
