using System.Text;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>Fetches the trust list of the space: at the start, when the authority tells of a newer one, and now and then.</summary>
internal sealed class TrustListFollower(
    SpaceTrust trust, AuthorityKeys keys, JsonClient http, RunningUses running, ConnectorSettings settings, TimeProvider clock, ILogger<TrustListFollower> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly Signal news = new();

    /// <summary>There is a newer one.</summary>
    public void Wake() => news.Set();

    public override void Dispose()
    {
        news.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause);
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Interval;
            try
            {
                await FetchAsync(stoppingToken);
                backoff.Reset();
            }
            catch (Exception failure) when (failure is RefusalException or InvalidOperationException or SqliteException)
            {
                // The storage, too, may fail for a while: a full disk must not end this loop, and with it the connector.
                logger.TrustListNotHad(failure.Message);
                pause = backoff.Next();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            // It may have been told in between.
            if (trust.Told <= trust.Version || pause < Interval)
            {
                await WaitAsync(pause, stoppingToken);
            }
        }
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(Task.Delay(pause, clock, over.Token), news.WaitAsync(Timeout.InfiniteTimeSpan, over.Token));
        await over.CancelAsync();
    }

    private async Task FetchAsync(CancellationToken cancellation)
    {
        // What stands between here and the authority may have kept the one before.
        var url = $"{settings.Authority.Base}{AuthorityRoutes.TrustList}?after={trust.Told}";
        var bytes = await http.GetDocumentAsync(new Uri(url), cancellation, TrustList.MaxLength, TrustList.MediaType);
        var text = Encoding.ASCII.GetString(bytes);
        var list = await keys.VerifyAsync(known => TrustList.Verify(text, Did.Parse(settings.Authority.Id), settings.Space.Id, known, clock.GetUtcNow()), cancellation);
        var before = trust.Version;
        await trust.AdoptAsync(list);
        if (trust.Told > list.Version)
        {
            throw new RefusalException(RefusalCode.Unavailable, $"The authority has told of version {trust.Told}, and shows version {list.Version}.");
        }

        if (list.Version != before)
        {
            running.LookAgain();
        }
    }
}
