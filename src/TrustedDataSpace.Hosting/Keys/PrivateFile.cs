namespace TrustedDataSpace.Hosting.Keys;

/// <summary>A file with a secret that only its owner may read.</summary>
internal static class PrivateFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>The text of the file.</summary>
    /// <exception cref="InvalidOperationException">Others than the owner can read or write it.</exception>
    public static string ReadText(string file)
    {
        // The mode is that of the opened file itself: links are followed once, and nobody can exchange it in between.
        using var stream = File.OpenRead(file);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & Others) != 0)
        {
            throw new InvalidOperationException($"{file} is readable for others: set its mode to 0600.");
        }

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
