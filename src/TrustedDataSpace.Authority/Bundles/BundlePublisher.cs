using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Bundles;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Bundles;

/// <summary>
/// The policy broker: signs the space's policies at the start and serves them to every connector and OPA server. Policies that are
/// no bundle stop the process: connectors would go on with older ones, and nobody would notice.
/// </summary>
internal sealed class BundlePublisher(
    AuthoritySettings settings,
    KeyStore keys,
    Database database,
    EvidenceTrail evidence,
    TimeProvider clock,
    ILogger<BundlePublisher> logger) : IHostedService
{
    private const string Name = "space";

    private PolicyBundle? bundle;
    private SignedBundle? published;

    /// <summary>The bundle, signed by the authority's present key.</summary>
    public SignedBundle Current()
    {
        // After a rotation, the first who asks has it signed again. Two who ask at once do the same work twice, no more.
        var key = keys.Signing(AuthorityKey.Name);
        return Volatile.Read(ref published) is { } present && present.Kid == key.Kid ? present : published = Sign(key);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        bundle = Load();
        Current();
        await database.WriteAsync(unit => Publish(unit, bundle.Revision));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private SignedBundle Sign(SigningKey key)
    {
        using var archive = new MemoryStream();
        BundleSignature.Sign(bundle!, key, settings.Space.Id).WriteArchive(archive);
        var bytes = archive.ToArray();
        return new SignedBundle(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""), key.Kid);
    }

    private PolicyBundle Load()
    {
        try
        {
            var bundle = settings.Policies.Folder is { } folder ? PolicyBundle.FromFolder(folder) : PolicyBundle.BuiltIn();

            // Loaded as every connector will load it: what does not compile is never signed.
            new EmbeddedPolicyEngine(clock).Replace(bundle);
            return bundle;
        }
        catch (Exception failure) when (failure is PolicyBundleException or RegoCompileException)
        {
            throw new InvalidOperationException(failure.Message, failure);
        }
    }

    private void Publish(UnitOfWork unit, string revision)
    {
        var before = unit.Find<string>("SELECT revision FROM published_bundles WHERE space_id = @Space AND name = @Name", new { unit.Space, Name });
        if (before == revision)
        {
            return;
        }

        unit.Execute(
            """
            INSERT INTO published_bundles (space_id, name, revision) VALUES (@Space, @Name, @revision)
            ON CONFLICT (space_id, name) DO UPDATE SET revision = excluded.revision
            """,
            new { unit.Space, Name, revision });
        evidence.Append(unit, EvidenceKinds.BundlePublished, new { Name, revision, before });
        logger.Published(Name, revision);
    }
}

/// <summary>The bundle as it is served.</summary>
/// <param name="Archive">Bytes.</param>
/// <param name="ETag">Its entity tag.</param>
/// <param name="Kid">Name of the key that signed it.</param>
internal sealed record SignedBundle(byte[] Archive, EntityTagHeaderValue ETag, string Kid);
