using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using TrustedDataSpace.Connector.DataPlane;
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

    private readonly AuthorityDirectory directory;
    private readonly AuthorityKeys keys;
    private readonly AccessTokens tokens;
    private readonly RunningUses running;
    private readonly ConnectorSettings settings;
    private readonly TimeProvider clock;
    private readonly ILogger<StandingFeed> logger;
    private readonly HttpClient http;

    // The change up to which this process has followed.
    private long? followed;

    public StandingFeed(
        AuthorityDirectory directory, AuthorityKeys keys, AccessTokens tokens, RunningUses running, ConnectorSettings settings, TimeProvider clock, ILogger<StandingFeed> logger)
    {
        (this.directory, this.keys, this.tokens, this.running, this.settings, this.clock, this.logger) = (directory, keys, tokens, running, settings, clock, logger);
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
            catch (Exception failure) when (failure is RefusalException or HttpRequestException or IOException or OperationCanceledException && !stoppingToken.IsCancellationRequested)
            {
                logger.StandingSilent(failure.Message);
            }

            await Task.Delay(backoff.Next(), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(Backoff backoff, CancellationToken stopping)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        silence.CancelAfter(settings.Egress.Timeout);
        using var request = new HttpRequestMessage(HttpMethod.Get, settings.Authority.Base + AuthorityRoutes.StandingAfter(followed));
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

    private async Task TakeAsync(string jws, CancellationToken cancellation)
    {
        var epoch = await keys.VerifyAsync(known => StandingEpoch.Verify(jws, settings.Authority.Id, settings.Space.Id, known, clock.GetUtcNow()), cancellation);

        // One that begins behind what was followed leaves something out; one that ends before it is of a register that was restored.
        var isWhole = epoch.From is { } from && from <= followed && epoch.To >= followed;
        var hasNews = !isWhole || epoch.Changed.Count > 0;
        if (followed is null)
        {
            directory.Begin();
        }
        else if (hasNews)
        {
            directory.Forget(isWhole ? epoch.Changed : null);
        }

        followed = epoch.To;
        directory.Confirm(epoch.IssuedAt);
        if (hasNews)
        {
            running.LookAgain();
        }
    }
}
