namespace TrustedDataSpace.Hosting.Storage;

/// <summary>
/// Holds a data folder for one process: what a second one kept in memory (flows, agreements, quotas in flight) would not be true. The
/// operating system lets go of it when the process ends, however it ends.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream file;

    private FolderLock(FileStream file) => this.file = file;

    /// <summary>Takes the folder.</summary>
    /// <exception cref="InvalidOperationException">Another process has it, or it cannot be written.</exception>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, "tds.lock");
        try
        {
            return new FolderLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidOperationException($"{path} cannot be written. Give the user of this service the right to write the folder and what is in it.", failure);
        }
        catch (IOException failure)
        {
            throw new InvalidOperationException($"The data folder {folder} is in use by another process, or cannot be written ({failure.Message}). Stop that process, or give this one its own folder.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
