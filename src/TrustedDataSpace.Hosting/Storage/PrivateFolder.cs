namespace TrustedDataSpace.Hosting.Storage;

/// <summary>Folders with what others on the machine must not read.</summary>
internal static class PrivateFolder
{
    /// <summary>Makes the folder and those above it that are missing, open to this user only. One that is there keeps its mode.</summary>
    /// <returns>Its absolute path.</returns>
    public static string Make(string folder) => (OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(folder)
        : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)).FullName;
}
