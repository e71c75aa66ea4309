using System.Threading.Channels;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>
/// Tells that something in a folder of policies has changed. The folder is read anew by whoever is told: a change that is half done gives a
/// folder that is refused, or the next change tells again.
/// </summary>
public sealed class FolderWatch : IDisposable
{
    /// <summary>Several files are copied one after the other: told once, when nothing has changed for so long.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    /// <summary>A folder that is written all the time is read all the same.</summary>
    private const int MostPauses = 5;

    private readonly FileSystemWatcher watcher;

    // One place: a change while another waits to be told is the same news.
    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Watches from now on, with the folders below.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="IOException">The system watches no more folders.</exception>
    public FolderWatch(string folder)
    {
        watcher = new FileSystemWatcher(folder)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
        };
        watcher.Changed += Note;
        watcher.Created += Note;
        watcher.Deleted += Note;
        watcher.Renamed += Note;

        // Changes were lost: there may have been one.
        watcher.Error += Note;
        watcher.EnableRaisingEvents = true;
    }

    /// <summary>Ends after the next change, or at once when there was one since the last call.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task ChangedAsync(CancellationToken cancellation)
    {
        await changes.Reader.ReadAsync(cancellation);
        for (var pause = 0; pause < MostPauses; pause++)
        {
            // Real time, whatever clock a service runs by: it is others who write.
            await Task.Delay(Quiet, TimeProvider.System, cancellation);
            if (!changes.Reader.TryRead(out _))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => watcher.Dispose();

    private void Note(object sender, EventArgs change) => changes.Writer.TryWrite(true);
}
