using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using TrustedDataSpace.Policy.Bundles;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Bundles;

public sealed class BundleArchiveTests
{
    [Fact]
    public void Archive_comes_back_as_the_same_bundle()
    {
        var bundle = PolicyBundle.BuiltIn();

        var read = PolicyBundle.FromArchive(new MemoryStream(Write(bundle)));

        Assert.Equal(bundle.Files, read.Files);
        Assert.Equal(bundle.Roots, read.Roots);
        Assert.Equal(bundle.Revision, read.Revision);
    }

    [Fact]
    public void Same_bundle_gives_the_same_bytes() =>
        Assert.Equal(Write(PolicyBundle.BuiltIn()), Write(PolicyBundle.FromFolder(RepositoryFolder.Policies)));

    [Fact]
    public void Archive_begins_with_the_manifest_that_names_the_revision()
    {
        var bundle = PolicyBundle.BuiltIn();
        using var tar = new TarReader(new GZipStream(new MemoryStream(Write(bundle)), CompressionMode.Decompress));

        var first = tar.GetNextEntry();

        Assert.Equal(".manifest", first?.Name);
        Assert.Contains(bundle.Revision, new StreamReader(first!.DataStream!).ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_archive_no_longer_fits_its_revision()
    {
        var archive = Archive([.. PolicyBundle.BuiltIn().ArchiveFiles.Select(file => Plain(file.Path, file.Text.Replace("== true", "!= 1", StringComparison.Ordinal)))]);

        Assert.Contains("but the content is", Refused(archive), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_in_an_archive_are_passed_over()
    {
        var archive = Archive([new UstarTarEntry(TarEntryType.Directory, "tds/"), Plain(".manifest", """{"roots": ["tds"]}"""), Plain("tds/a.rego", "package tds\n")]);

        Assert.Single(PolicyBundle.FromArchive(new MemoryStream(archive)).Files);
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    public void Links_and_devices_are_refused(TarEntryType type)
    {
        var entry = new UstarTarEntry(type, "tds/a.rego");
        if (type != TarEntryType.Fifo)
        {
            entry.LinkName = "/etc/passwd";
        }

        Assert.Contains("only plain files are read", Refused(Archive([entry])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/tds/a.rego")]
    [InlineData("../tds/a.rego")]
    [InlineData("tds/../../a.rego")]
    public void Paths_that_leave_the_bundle_are_refused(string path) =>
        Assert.Contains(path, Refused(Archive([Plain(".manifest", """{"roots": ["tds"]}"""), Plain(path, "package tds\n")])), StringComparison.Ordinal);

    [Fact]
    public void Same_path_twice_is_refused() =>
        Assert.Contains("more than once", Refused(Archive([Plain(".manifest", """{"roots": ["tds"]}"""), Plain("tds/a.rego", "package tds\n"), Plain("tds/a.rego", "package tds\n")])), StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_not_utf8_is_refused()
    {
        var entry = new UstarTarEntry(TarEntryType.RegularFile, "tds/a.rego") { DataStream = new MemoryStream([0x70, 0xff, 0xfe]) };

        Assert.Contains("archive:", Refused(Archive([entry])), StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_too_large_is_refused() =>
        Assert.Contains("larger than", Refused(Archive([Plain("tds/a.rego", new string('#', (1024 * 1024) + 1))])), StringComparison.Ordinal);

    [Fact]
    public void Archive_that_unpacks_to_too_much_is_refused() =>
        Assert.Contains("unpacks to more than", Refused(Archive([.. Enumerable.Range(0, 9).Select(i => Plain($"tds/a{i}.rego", new string('#', 1024 * 1024)))])), StringComparison.Ordinal);

    [Fact]
    public void Archive_with_too_many_files_is_refused() =>
        Assert.Contains("more than 500 files", Refused(Archive([.. Enumerable.Range(0, 501).Select(i => Plain($"tds/a{i}.rego", "package tds\n"))])), StringComparison.Ordinal);

    [Fact]
    public void Damaged_archive_is_refused()
    {
        var archive = Write(PolicyBundle.BuiltIn());

        Refused([]);
        Refused("not an archive"u8.ToArray());
        Refused(archive[..(archive.Length / 2)]);
    }

    [Fact]
    public void Altered_header_gives_a_bundle_or_a_refusal_and_nothing_else()
    {
        using var unpacked = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(Archive([Plain(".manifest", """{"roots": ["tds"]}"""), Plain("tds/a.rego", "package tds\n")])), CompressionMode.Decompress))
        {
            gzip.CopyTo(unpacked);
        }

        var (read, refused) = (0, 0);
        for (var position = 0; position < 512; position++)
        {
            foreach (var value in "\0\xff-79L5gxS/ ")
            {
                var tar = unpacked.ToArray();
                tar[position] = (byte)value;
                SetChecksum(tar);
                try
                {
                    PolicyBundle.FromArchive(Packed(tar));
                    read++;
                }
                catch (PolicyBundleException)
                {
                    refused++;
                }
            }
        }

        Assert.True(read > 0 && refused > 0, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Link_in_a_folder_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("tds-bundle-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, ".manifest"), """{"roots": ["tds"]}""");
            File.CreateSymbolicLink(Path.Combine(folder.FullName, "a.rego"), "/etc/hostname");

            var refused = Assert.Throws<PolicyBundleException>(() => PolicyBundle.FromFolder(folder.FullName));
            Assert.Contains("a.rego: is a link", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Missing_folder_is_refused() =>
        Assert.Throws<PolicyBundleException>(() => PolicyBundle.FromFolder(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())));

    private static byte[] Write(PolicyBundle bundle)
    {
        using var archive = new MemoryStream();
        bundle.WriteArchive(archive);
        return archive.ToArray();
    }

    private static UstarTarEntry Plain(string path, string text) =>
        new(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) };

    private static byte[] Archive(TarEntry[] entries)
    {
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach (var entry in entries)
            {
                tar.WriteEntry(entry);
            }
        }

        return archive.ToArray();
    }

    // With the right sum, so that the altered field itself is read.
    private static void SetChecksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in header[..512])
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }

    private static MemoryStream Packed(byte[] tar)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar);
        }

        packed.Position = 0;
        return packed;
    }

    private static string Refused(byte[] archive) =>
        Assert.Throws<PolicyBundleException>(() => PolicyBundle.FromArchive(new MemoryStream(archive))).Message;
}
