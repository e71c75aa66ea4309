using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>A file of fixed size, mapped into memory: what is written is the operating system's at once, so it outlives the process without a system call.</summary>
internal sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedFile file;

    /// <param name="path">The file; made when absent, with all its blocks, because a mapped write cannot be refused for want of space.</param>
    /// <param name="capacity">Bytes.</param>
    public MappedFile(string path, int capacity)
    {
        var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = File.Exists(path) ? FileMode.Open : FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            PreallocationSize = File.Exists(path) ? 0 : capacity,
        });
        try
        {
            stream.SetLength(capacity);
            file = MemoryMappedFile.CreateFromFile(stream, null, capacity, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        View = file.CreateViewAccessor(0, capacity);
    }

    /// <summary>All of it.</summary>
    public MemoryMappedViewAccessor View { get; }

    /// <summary>The same as memory.</summary>
    public SafeBuffer Memory => View.SafeMemoryMappedViewHandle;

    public void Dispose()
    {
        View.Dispose();
        file.Dispose();
    }
}
