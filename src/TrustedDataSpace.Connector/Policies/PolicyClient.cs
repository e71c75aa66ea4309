using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies.Denials;
using TrustedDataSpace.Hosting.Bundles;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>
/// Keeps the engine at the bundle that the authority publishes, with this connector's own rules over it. Whatever is wrong with a new one,
/// the old one goes on deciding. The authority holds a question until there is news, so a publication decides here in well under a second.
/// The last good archive is kept, for a start while the authority is away; its signature is verified again then.
/// </summary>
internal sealed class PolicyClient(
    JsonClient client,
    AuthorityKeys keys,
    EmbeddedPolicyEngine engine,
    PolicyRevision revision,
    KeptPolicies kept,
    ConnectorSettings settings,
    TimeProvider clock,
    ILogger<PolicyClient> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    // Of the time that a whole answer may take (Egress:Timeout), so much is left for the answer itself.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly string keptArchive = Path.Combine(settings.Storage.Folder, "policy-bundle.tar.gz");
    private readonly SemaphoreSlim replacing = new(1);
    private FolderWatch? watch;
    private PolicyBundle? ofSpace;
    private DateTimeOffset issuedAt;
    private string? etag;

    /// <summary>The kept bundle decides before the first request is served: after a kill, nobody is refused for want of one.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Watched before it is read: no change falls in between.
        watch = settings.Policies.Own is { } folder ? new FolderWatch(folder) : null;
        if (File.Exists(keptArchive))
        {
            await TryAsync(async () => await UseAsync(await File.ReadAllBytesAsync(keptArchive, cancellationToken), keep: false, cancellationToken));
        }

        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        watch?.Dispose();
        replacing.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(FollowAuthorityAsync(stoppingToken), FollowOwnRulesAsync(stoppingToken));

    private async Task FollowAuthorityAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, settings.Policies.PollInterval);
        while (!stoppingToken.IsCancellationRequested)
        {
            var asked = clock.GetTimestamp();
            var isNews = false;
            if (!await TryAsync(async () => isNews = await RefreshAsync(stoppingToken)))
            {
                await Task.Delay(backoff.Next(), clock, stoppingToken);
                continue;
            }

            backoff.Reset();

            // An authority that does not hold questions is asked again after the interval, not at once.
            var pause = settings.Policies.PollInterval - clock.GetElapsedTime(asked);
            if (!isNews && clock.GetElapsedTime(asked) < Wait / 2)
            {
                await Task.Delay(pause, clock, stoppingToken);
            }
        }
    }

    private async Task FollowOwnRulesAsync(CancellationToken stoppingToken)
    {
        while (watch is not null)
        {
            await watch.ChangedAsync(stoppingToken);
            await TryAsync(async () =>
            {
                await ReplaceAsync(null, stoppingToken);
                await revision.SetAsync(engine.Revision);
            });
        }
    }

    private TimeSpan Wait => settings.Policies.PollInterval < settings.Egress.Timeout - AnswerTime ? settings.Policies.PollInterval : settings.Egress.Timeout - AnswerTime;

    // True: another bundle than before decides now.
    private async Task<bool> RefreshAsync(CancellationToken cancellation)
    {
        var before = ofSpace?.Revision;
        var answer = await client.SendAsync(
            HttpMethod.Get, settings.Authority.Base + AuthorityRoutes.SpaceBundle, null, null, cancellation, ifNoneMatch: etag, wait: etag is null ? default : Wait);
        if (answer.Body.Length > 0)
        {
            await UseAsync(answer.Body, keep: true, cancellation);
        }

        etag = answer.ETag;
        return ofSpace?.Revision != before;
    }

    private async Task UseAsync(byte[] archive, bool keep, CancellationToken cancellation)
    {
        var bundle = await keys.VerifyAsync(known => BundleSignature.Verify(new MemoryStream(archive), known, settings.Space.Id), cancellation);
        var published = BundleSignature.IssuedAt(bundle);
        if (published < issuedAt)
        {
            // Rightly signed, once: whoever stands between must not bring back rules that the space has given up.
            throw new RefusalException(RefusalCode.Conflict, $"The policy bundle {bundle.Revision} was published at {published:u}, before the one in use ({issuedAt:u}).");
        }

        await ReplaceAsync(bundle, cancellation);
        issuedAt = published;
        if (keep)
        {
            Keep(archive);
        }

        await revision.SetAsync(engine.Revision);
    }

    // Composed before it replaces anything: the layers are taken over as a whole, or not at all. One at a time: own rules that change must
    // not bring back the bundle that the space had a moment ago.
    private async Task ReplaceAsync(PolicyBundle? newer, CancellationToken cancellation)
    {
        await replacing.WaitAsync(cancellation);
        try
        {
            if ((newer ?? ofSpace) is { } bundle)
            {
                var composed = settings.Policies.Own is { } folder ? OwnRules.Over(bundle, folder) : bundle;

                // First: what cannot be kept does not decide, so that every denial can be decided again.
                kept.Write(composed);
                engine.Replace(composed);
                kept.Decides(composed);
                ofSpace = bundle;
            }
        }
        finally
        {
            replacing.Release();
        }
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
