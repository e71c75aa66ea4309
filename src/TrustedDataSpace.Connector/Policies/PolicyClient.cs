using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Bundles;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>
/// Keeps the engine at the bundle that the authority publishes. Whatever is wrong with a new one, the old one goes on deciding.
/// The last good archive is kept, for a start while the authority is away; its signature is verified again then.
/// </summary>
internal sealed class PolicyClient(
    JsonClient client,
    AuthorityKeys keys,
    EmbeddedPolicyEngine engine,
    PolicyRevision revision,
    ConnectorSettings settings,
    TimeProvider clock,
    ILogger<PolicyClient> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly string keptArchive = Path.Combine(settings.Storage.Folder, "policy-bundle.tar.gz");
    private string? etag;

    /// <summary>The kept bundle decides before the first request is served: after a kill, nobody is refused for want of one.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(keptArchive))
        {
            await TryAsync(async () => await UseAsync(await File.ReadAllBytesAsync(keptArchive, cancellationToken), keep: false, cancellationToken));
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, settings.Policies.PollInterval);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (await TryAsync(() => RefreshAsync(stoppingToken)))
            {
                backoff.Reset();
                await Task.Delay(settings.Policies.PollInterval, clock, stoppingToken);
            }
            else
            {
                await Task.Delay(backoff.Next(), clock, stoppingToken);
            }
        }
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        var answer = await client.SendAsync(
            HttpMethod.Get, settings.Authority.Base + AuthorityRoutes.SpaceBundle, null, null, cancellation, ifNoneMatch: etag);
        if (answer.Body.Length > 0)
        {
            await UseAsync(answer.Body, keep: true, cancellation);
        }

        etag = answer.ETag;
    }

    private async Task UseAsync(byte[] archive, bool keep, CancellationToken cancellation)
    {
        var bundle = await keys.VerifyAsync(known => BundleSignature.Verify(new MemoryStream(archive), known, settings.Space.Id), cancellation);
        engine.Replace(bundle);
        if (keep)
        {
            Keep(archive);
        }

        await revision.SetAsync(bundle.Revision);
    }

    // Renamed into place: a kill leaves the old archive or the new one, never half of it.
    private void Keep(byte[] archive)
    {
        File.WriteAllBytes(keptArchive + ".new", archive);
        File.Move(keptArchive + ".new", keptArchive, overwrite: true);
    }

    private async Task<bool> TryAsync(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception failure) when (failure is RefusalException or PolicyBundleException or RegoCompileException or IOException or UnauthorizedAccessException or InvalidOperationException or SqliteException)
        {
            logger.NotUsed(engine.Revision, failure.Message);
            return false;
        }
    }
}
