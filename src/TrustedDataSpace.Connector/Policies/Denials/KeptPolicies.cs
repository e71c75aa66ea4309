using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Policy.Bundles;

namespace TrustedDataSpace.Connector.Policies.Denials;

/// <summary>
/// The policies that decided here, one archive for each revision, as files: the present one, and those that were replaced, for as long as
/// denials by them are kept. The time of a file says when its policies were last known to decide.
/// </summary>
internal sealed class KeptPolicies(ConnectorSettings settings, TimeProvider clock)
{
    private readonly string folder = Path.Combine(settings.Storage.Folder, "policies");
    private volatile string? present;

    /// <summary>Writes them down, before they decide.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Write(PolicyBundle bundle)
    {
        Directory.CreateDirectory(folder);
        var file = FileOf(bundle.Revision);
        if (File.Exists(file))
        {
            return;
        }

        using (var draft = File.Create(file + ".new"))
        {
            bundle.WriteArchive(draft);

            // An empty file under the final name would stay for ever.
            draft.Flush(flushToDisk: true);
        }

        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>They decide from now on.</summary>
    public void Decides(PolicyBundle bundle) => present = FileOf(bundle.Revision);

    /// <summary>Notes which decide now, and takes away those whose denials are over.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Sweep()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (present is not { } deciding || !File.Exists(deciding))
        {
            return;
        }

        File.SetLastWriteTimeUtc(deciding, now);
        foreach (var other in Directory.EnumerateFiles(folder).Where(other => other != deciding && File.GetLastWriteTimeUtc(other) < now - settings.Policies.KeepDenied - DenialSweep.Pause))
        {
            File.Delete(other);
        }
    }

    /// <summary>The archive of a revision; null when it is not kept.</summary>
    public byte[]? Find(string revision) => FileOf(revision) is var file && File.Exists(file) ? File.ReadAllBytes(file) : null;

    // A revision is a text of the authority's: none of it becomes a path.
    private string FileOf(string revision) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(revision))) + ".tar.gz");
}
