using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace TrustedDataSpace.Policy.Bundles;

/// <summary>A bundle as OPA's <c>.tar.gz</c>. Equal files give equal bytes: sorted names, fixed times, owners and modes.</summary>
internal static class BundleArchive
{
    private const UnixFileMode ReadableByAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Write(Stream destination, IEnumerable<BundleFile> files)
    {
        using var gzip = new GZipStream(destination, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        foreach (var file in files)
        {
            using var content = new MemoryStream(Utf8.GetBytes(file.Text));
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, file.Path)
            {
                DataStream = content,
                ModificationTime = DateTimeOffset.UnixEpoch,
                Mode = ReadableByAll,
            });
        }
    }

    public static List<BundleFile> Read(Stream source)
    {
        var files = new List<BundleFile>();
        try
        {
            using var gzip = new GZipStream(source, CompressionMode.Decompress, leaveOpen: true);
            using var limited = new LimitedStream(gzip);
            using var tar = new TarReader(limited);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType == TarEntryType.Directory)
                {
                    continue;
                }

                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    throw new InvalidDataException($"'{entry.Name}' is a {entry.EntryType}; only plain files are read");
                }

                if (files.Count == BundleLimits.MaxFiles)
                {
                    throw new InvalidDataException($"the archive has more than {BundleLimits.MaxFiles} files");
                }

                files.Add(new(entry.Name, ReadText(entry)));
            }

            return files;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            throw new PolicyBundleException([$"archive: {e.Message}"], e);
        }
    }

    private static string ReadText(TarEntry entry)
    {
        if (entry.Length > BundleLimits.MaxFileBytes)
        {
            throw new InvalidDataException($"'{entry.Name}' is larger than {BundleLimits.MaxFileBytes} bytes");
        }

        var bytes = new byte[entry.Length];
        entry.DataStream?.ReadExactly(bytes);
        return Utf8.GetString(bytes);
    }
}
