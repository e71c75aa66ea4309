using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Keys;

/// <summary>
/// Replaces the service's signing key without a moment in which a good signature is refused: 1 the next key is stored and published,
/// 2 made known to those who do not look, 3 after a while it signs, 4 what the old one has signed is accepted for a while longer.
/// The rows say how far it is: after a kill the same loop goes on.
/// </summary>
public sealed class KeyRotation(
    KeyStore keys,
    IRotationSteps steps,
    Database database,
    EvidenceTrail evidence,
    ServiceSettings settings,
    TimeProvider clock,
    ILogger<KeyRotation> logger) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly Signal signal = new();
    private string? problem;

    /// <summary>Why the rotation that is under way does not go on; null when it does.</summary>
    public string? Problem => Volatile.Read(ref problem);

    internal KeyRing Ring => keys.Ring(steps.KeyName);

    /// <summary>Step 1. While a rotation is under way, it only makes the loop look again.</summary>
    public async Task BeginAsync()
    {
        using var key = SigningKey.Generate();
        var box = keys.SealKey(steps.KeyName, key);
        var present = Ring.Current.Kid;
        await database.WriteAsync(unit =>
        {
            if (unit.Find<string>(
                "SELECT kid FROM signing_keys WHERE space_id = @Space AND name = @KeyName AND state = @Next",
                new { unit.Space, steps.KeyName, KeyRow.Next }) is null)
            {
                var from = unit.Now + settings.Keys.PublishAhead;
                keys.Add(unit, steps.KeyName, key.Public, box, KeyRow.Next, from);
                evidence.Append(unit, EvidenceKinds.KeyPublished, new { key.Kid, present, signsFrom = from });
            }

            unit.OnCommitted(signal.Set);
        });
    }

    /// <summary>What the replaced key has signed counts no more from now on: whoever may have got hold of it loses the rest of the overlap.</summary>
    /// <exception cref="RefusalException">NotFound; InvalidTransition: it is the present key, or the next one.</exception>
    public Task RevokeAsync(string kid) => database.WriteAsync(unit =>
    {
        switch (unit.Find<string>("SELECT state FROM signing_keys WHERE space_id = @Space AND name = @KeyName AND kid = @kid", new { unit.Space, steps.KeyName, kid }))
        {
            case null:
                throw new RefusalException(RefusalCode.NotFound, $"There is no key '{kid}' here.");
            case KeyRow.Retired:
                break;
            default:
                throw new RefusalException(RefusalCode.InvalidTransition, "Only a key that was replaced can be revoked.") { Term = "id", Remedy = $"replace it first: POST {Protocol.Management.KeyRoutes.Rotation}" };
        }

        // Told again each time it is asked for: whoever did not take it the first time may do so now.
        steps.Revoked(unit, kid);
        if (keys.Revoke(unit, steps.KeyName, kid))
        {
            evidence.Append(unit, EvidenceKinds.KeyRevoked, new { kid });
        }
    });

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        signal.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = LongestWait;
            try
            {
                wait = await GoOnAsync(stoppingToken);
                Volatile.Write(ref problem, null);
            }
            catch (Exception failure) when (failure is RefusalException or InvalidOperationException or SqliteException)
            {
                Volatile.Write(ref problem, failure.Message);
                logger.RotationWaits(failure.Message);
                wait = AfterFailure;
            }

            await signal.WaitAsync(wait, stoppingToken);
        }
    }

    /// <returns>How long there is nothing to do.</returns>
    private async Task<TimeSpan> GoOnAsync(CancellationToken cancellation)
    {
        var ring = Ring;
        if (ring.Next is not { } next)
        {
            return LongestWait;
        }

        // 2
        var key = keys.OpenNext(steps.KeyName);
        await steps.AnnounceAsync(ring.Current, key, cancellation);

        // 3 and 4
        if (next.SignsFrom - clock.GetUtcNow() is var early && early > TimeSpan.Zero)
        {
            return early < LongestWait ? early : LongestWait;
        }

        await database.WriteAsync(unit =>
        {
            keys.Promote(unit, steps.KeyName, ring, settings.Keys.Overlap, steps.KeepsFirstKey);
            steps.TakeOver(unit, key);
            evidence.Append(unit, EvidenceKinds.KeyReplaced, new { key.Kid, former = ring.Current.Kid, acceptedUntil = unit.Now + settings.Keys.Overlap });
        });
        logger.KeyReplaced(ring.Current.Kid, key.Kid);
        return TimeSpan.Zero;
    }
}
