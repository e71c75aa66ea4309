using System.Diagnostics;

namespace TrustedDataSpace.Testing;

/// <summary>
/// An empty folder of its own, gone when the test ends. In a test runner (not in a benchmark, which measures the disk) it is in memory where there is
/// room: a process that is killed leaves there what it would leave on a disk, and nobody waits for one.
/// </summary>
public sealed class TempFolder : IDisposable
{
    private const string Memory = "/dev/shm";
    private const long Room = 4L << 30;

    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    /// <summary>Absolute path.</summary>
    public string Path { get; } = Make();

    /// <summary>A path inside.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var begun = Stopwatch.GetTimestamp(); ; Thread.Yield())
        {
            try
            {
                Directory.Delete(Path, recursive: true);
                return;
            }
            catch (IOException) when (Directory.Exists(Path) && Stopwatch.GetElapsedTime(begun) < LongestEnd)
            {
                // A service that was let go without being stopped may be at its last file.
            }
        }
    }

    private static string Make()
    {
        var wanted = AppContext.TryGetSwitch("TrustedDataSpace.Testing.FoldersInMemory", out var set) && set;
        if (OperatingSystem.IsWindows() || !wanted || !Directory.Exists(Memory) || new DriveInfo(Memory).AvailableFreeSpace < Room)
        {
            return Directory.CreateTempSubdirectory("tds-test-").FullName;
        }

        var path = System.IO.Path.Combine(Memory, "tds-test-" + Guid.NewGuid().ToString("N"));
        return Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }
}
