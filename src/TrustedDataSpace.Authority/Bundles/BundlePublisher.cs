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

    /// <summary>The signed archive.</summary>
    public byte[] Archive { get; private set; } = [];

    /// <summary>Its entity tag.</summary>
    public EntityTagHeaderValue ETag { get; private set; } = EntityTagHeaderValue.Any;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var bundle = Load();
        using var archive = new MemoryStream();
        BundleSignature.Sign(bundle, keys.Signing(AuthorityKey.Name), settings.Space.Id).WriteArchive(archive);
        Archive = archive.ToArray();
        ETag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Archive))}\"");
        await database.WriteAsync(unit => Publish(unit, bundle.Revision));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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
