using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>A file of fixed size, mapped into memory: what is written is the operating system's at once, so it outlives the process without a system call.</summary>
internal sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly SafeFileHandle handle;

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
            handle = stream.SafeFileHandle;
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

    /// <summary>Writes past the mapping, for what is made durable at once (<see cref="Flush"/>): a page that was written through it costs a fault and, at each flush, a word to all processors, nearly half of the whole.</summary>
    public void Write(int offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, offset);

    /// <summary>Fills the buffer with what stands there.</summary>
    public void Read(int offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var length = RandomAccess.Read(handle, bytes, offset);
            if (length == 0)
            {
                throw new EndOfStreamException("A file of fixed size is shorter than that.");
            }

            offset += length;
            bytes = bytes[length..];
        }
    }

    /// <summary>Makes all that was written durable. On Linux the data alone: the time of the last change would cost a commit of the file system.</summary>
    public void Flush()
    {
        View.Flush();
        if (!OperatingSystem.IsLinux())
        {
            // Elsewhere that promises nothing of what was written past the mapping, nor that the disk has it.
            RandomAccess.FlushToDisk(handle);
        }
    }

    public void Dispose()
    {
        View.Dispose();
        file.Dispose();
    }
}
