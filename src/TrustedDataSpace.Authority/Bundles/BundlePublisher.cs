using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Net.Http.Headers;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Bundles;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Authority.Bundles;

/// <summary>
/// The policy broker: signs the space's policies and serves them to every connector and OPA server. Policies that are no bundle stop the
/// start: connectors would go on with older ones, and nobody would notice. Later, a change that cannot be used is logged, and what is
/// published stays.
/// </summary>
internal sealed class BundlePublisher(
    SpacePolicies policies,
    KeyStore keys,
    Database database,
    EvidenceTrail evidence,
    TimeProvider clock,
    ILogger<BundlePublisher> logger) : BackgroundService
{
    private const string Name = "space";
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>The endpoint is open to all: more than so many are not kept waiting, and come again.</summary>
    private const int MostWaiting = 2000;

    private FolderWatch? watch;
    private Publication? publication;
    private SignedBundle? published;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int waiting;

    /// <summary>How many are kept waiting.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>The bundle, signed by the authority's present key.</summary>
    public SignedBundle Current()
    {
        // After a rotation, the first who asks has it signed again. Two who ask at once do the same work twice, no more.
        var key = keys.Signing(AuthorityKey.Name);
        var present = Volatile.Read(ref published);
        return present is not null && present.Kid == key.Kid && present.Publication == publication ? present : published = Sign(publication!, key);
    }

    /// <summary>Ends as soon as another bundle is published, or after the wait with the one there is.</summary>
    /// <param name="known">The bundle that the caller has.</param>
    /// <param name="wait">How long the caller is ready to wait.</param>
    /// <param name="stopping">The service ends: whoever waits is answered, or they would hold it up.</param>
    /// <param name="cancellation">The caller is gone.</param>
    public async Task<SignedBundle> OtherThanAsync(SignedBundle known, TimeSpan wait, CancellationToken stopping, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellation);
        try
        {
            // Taken before looking: a publication in between completes it.
            var news = Volatile.Read(ref changed).Task;
            if (Interlocked.Increment(ref waiting) <= MostWaiting && Current().ETag.Equals(known.ETag))
            {
                await news.WaitAsync(wait, clock, end.Token);
            }
        }
        catch (Exception failure) when (failure is TimeoutException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // No news, and the caller asks again.
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }

        return Current();
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Watched before it is read: no change falls in between.
        watch = policies.Folder is { } folder ? new FolderWatch(folder) : null;
        try
        {
            await PublishAsync(policies.Load());
        }
        catch (Exception failure) when (failure is PolicyBundleException or RegoCompileException)
        {
            throw new InvalidOperationException(failure.Message, failure);
        }

        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        watch?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (watch is not null)
        {
            await watch.ChangedAsync(stoppingToken);
            while (!await TryPublishAsync())
            {
                await Task.Delay(AfterFailure, clock, stoppingToken);
            }
        }
    }

    /// <returns>False: the storage fails, and the same is to be tried again.</returns>
    private async Task<bool> TryPublishAsync()
    {
        try
        {
            await PublishAsync(policies.Load());
            return true;
        }
        catch (Exception failure) when (failure is PolicyBundleException or RegoCompileException or IOException or UnauthorizedAccessException)
        {
            logger.NotPublished(publication!.Bundle.Revision, failure.Message);
            return true;
        }
        catch (Exception failure) when (failure is InvalidOperationException or SqliteException)
        {
            logger.NotPublished(publication!.Bundle.Revision, failure.Message);
            return false;
        }
    }

    private async Task PublishAsync(PolicyBundle bundle)
    {
        if (publication?.Bundle.Revision == bundle.Revision)
        {
            return;
        }

        var issuedAt = 0L;
        await database.WriteAsync(unit => issuedAt = Note(unit, bundle.Revision));
        publication = new Publication(bundle, DateTimeOffset.FromUnixTimeSeconds(issuedAt));
        Current();
        Interlocked.Exchange(ref changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private SignedBundle Sign(Publication present, SigningKey key)
    {
        using var archive = new MemoryStream();
        BundleSignature.Sign(present.Bundle, key, policies.Space, present.IssuedAt).WriteArchive(archive);
        var bytes = archive.ToArray();
        return new SignedBundle(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""), key.Kid, present);
    }

    // The time never goes back, whatever the clock does: connectors take no bundle that is older than theirs.
    private long Note(UnitOfWork unit, string revision)
    {
        var before = unit.Find<Noted>("SELECT revision AS Revision, issued_at AS IssuedAt FROM published_bundles WHERE space_id = @Space AND name = @Name", new { unit.Space, Name });
        var issuedAt = Math.Max(clock.GetUtcNow().ToUnixTimeSeconds(), before?.IssuedAt ?? 0);
        unit.Execute(
            """
            INSERT INTO published_bundles (space_id, name, revision, issued_at) VALUES (@Space, @Name, @revision, @issuedAt)
            ON CONFLICT (space_id, name) DO UPDATE SET revision = excluded.revision, issued_at = excluded.issued_at
            """,
            new { unit.Space, Name, revision, issuedAt });
        if (before?.Revision != revision)
        {
            evidence.Append(unit, EvidenceKinds.BundlePublished, new { Name, revision, before = before?.Revision });
            logger.Published(Name, revision);
        }

        return issuedAt;
    }

    private sealed record Noted
    {
        public string Revision { get; init; } = "";

        public long IssuedAt { get; init; }
    }
}

/// <summary>What is published.</summary>
/// <param name="Bundle">Unsigned.</param>
/// <param name="IssuedAt">When, in whole seconds.</param>
internal sealed record Publication(PolicyBundle Bundle, DateTimeOffset IssuedAt);

/// <summary>The bundle as it is served.</summary>
/// <param name="Archive">Bytes.</param>
/// <param name="ETag">Its entity tag.</param>
/// <param name="Kid">Name of the key that signed it.</param>
/// <param name="Publication">What it holds.</param>
internal sealed record SignedBundle(byte[] Archive, EntityTagHeaderValue ETag, string Kid, Publication Publication);
