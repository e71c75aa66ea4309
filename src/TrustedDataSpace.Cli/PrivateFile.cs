namespace TrustedDataSpace.Cli;

/// <summary>Files with secrets.</summary>
internal static class PrivateFile
{
    /// <summary>Writes a new file, readable for this user only from the first moment on.</summary>
    /// <exception cref="IOException">It exists already, or cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(path, options);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }
}
