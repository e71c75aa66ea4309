using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Standing;

/// <summary>
/// Follows the standing of the space's participants as the authority tells it: a suspension, a withdrawn key is known here, and ends what flows,
/// well within a second. Whoever holds the stream back gains little: without an epoch for five seconds the register is asked as before, and
/// an epoch that comes late is refused.
/// </summary>
internal sealed class StandingFeed : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly StandingNews news;
    private readonly AuthorityKeys keys;
    private readonly AccessTokens tokens;
    private readonly ConnectorSettings settings;
    private readonly TimeProvider clock;
    private readonly ILogger<StandingFeed> logger;
    private readonly HttpClient http;

    public StandingFeed(
        StandingNews news, AuthorityKeys keys, AccessTokens tokens, ConnectorSettings settings, TimeProvider clock, ILogger<StandingFeed> logger)
    {
        (this.news, this.keys, this.tokens, this.settings, this.clock, this.logger) = (news, keys, tokens, settings, clock, logger);
        http = new HttpClient(EgressRule.CreateHandler(settings.Egress)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public override void Dispose()
    {
        http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(backoff, stoppingToken);
            }
            catch (Exception failure) when (
                failure is RefusalException or HttpRequestException or IOException or OperationCanceledException or InvalidOperationException or SqliteException && !stoppingToken.IsCancellationRequested)
            {
                // The storage, too, may fail for a while: a full disk must not end this loop, and with it the connector.
                logger.StandingSilent(failure.Message);
            }

            await Task.Delay(backoff.Next(), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(Backoff backoff, CancellationToken stopping)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        silence.CancelAfter(settings.Egress.Timeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, settings.Authority.Base + AuthorityRoutes.StandingAfter(news.Followed));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.ForAsync(settings.Authority.Id, silence.Token));
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(silence.Token);
        silence.CancelAfter(AuthorityDirectory.Silence);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(silence.Token))
        {
            await TakeAsync(item.Data, silence.Token);
            silence.CancelAfter(AuthorityDirectory.Silence);
            backoff.Reset();
        }
    }

    private async Task TakeAsync(string jws, CancellationToken cancellation) =>
        news.Take(await keys.VerifyAsync(known => StandingEpoch.Verify(jws, settings.Authority.Id, settings.Space.Id, known, clock.GetUtcNow()), cancellation));
}
