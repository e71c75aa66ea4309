using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Policy.Bundles;

namespace TrustedDataSpace.Connector.Policies.Denials;

/// <summary>
/// The policies that decided here, one archive for each revision, as files: the present one, and those that were replaced, for as long as
/// denials by them are kept.
/// </summary>
internal sealed class KeptPolicies(ConnectorSettings settings, TimeProvider clock)
{
    private readonly string folder = Path.Combine(settings.Storage.Folder, "policies");
    private string? present;

    /// <summary>These decide from now on.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Keep(PolicyBundle bundle)
    {
        Directory.CreateDirectory(folder);
        var file = FileOf(bundle.Revision);
        if (!File.Exists(file))
        {
            using (var draft = File.Create(file + ".new"))
            {
                bundle.WriteArchive(draft);
            }

            File.Move(file + ".new", file, overwrite: true);
        }

        // Until now the one before has decided: its time begins here.
        var now = clock.GetUtcNow().UtcDateTime;
        if (present is not null && present != file && File.Exists(present))
        {
            File.SetLastWriteTimeUtc(present, now);
        }

        present = file;
        foreach (var other in Directory.EnumerateFiles(folder).Where(other => other != file && File.GetLastWriteTimeUtc(other) < now - settings.Policies.KeepDenied))
        {
            File.Delete(other);
        }
    }

    /// <summary>The archive of a revision; null when it is not kept.</summary>
    public byte[]? Find(string revision) => FileOf(revision) is var file && File.Exists(file) ? File.ReadAllBytes(file) : null;

    // A revision is a text of the authority's: none of it becomes a path.
    private string FileOf(string revision) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(revision))) + ".tar.gz");
}
