using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Processes;

/// <summary>A connector is killed while it does what it was asked to with idempotency keys; whoever asked asks again.</summary>
public sealed class KeyedKillTests : IDisposable
{
    private const int Requests = 80;
    private const int AtOnce = 8;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Whatever_was_done_when_the_kill_came_is_done_once_after_it_was_asked_for_again()
    {
        string token;
        await using (var service = await Programs.StartAsync(Programs.Connector, folder))
        {
            token = service.ShownToken();
            using var client = Client(service, token);
            var answered = 0;
            var killAt = RandomNumberGenerator.GetInt32(1, Requests - AtOnce);
            var killed = new TaskCompletionSource();
            await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, _) =>
            {
                if (!killed.Task.IsCompleted && await TryAddAsync(client, number) && Interlocked.Increment(ref answered) == killAt)
                {
                    await service.KillAsync();
                    killed.SetResult();
                }
            });
        }

        await using var again = await Programs.StartAsync(Programs.Connector, folder);
        using var second = Client(again, token);
        for (var number = 0; number < Requests; number++)
        {
            using var answer = await AddAsync(second, number);
            Assert.True(answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK, $"{number}: {await answer.Content.ReadAsStringAsync()}");
        }

        var made = ProtocolJson.Read<Page<WebhookView>>(await second.GetByteArrayAsync(ManagementRoutes.Webhooks + "?limit=200"));
        Assert.Equal(
            Enumerable.Range(0, Requests).Select(Address).Order(StringComparer.Ordinal),
            made.Items.Select(webhook => webhook.Url).Order(StringComparer.Ordinal));
    }

    private static HttpClient Client(ServiceProcess service, string token)
    {
        var client = new HttpClient { BaseAddress = service.Url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task<bool> TryAddAsync(HttpClient client, int number)
    {
        try
        {
            using var answer = await AddAsync(client, number);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // Killed.
            return false;
        }
    }

    private static async Task<HttpResponseMessage> AddAsync(HttpClient client, int number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, ManagementRoutes.Webhooks)
        {
            Content = new StringContent($$"""{"url":"{{Address(number)}}"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", "add-" + number.ToString(CultureInfo.InvariantCulture));
        return await client.SendAsync(request).Within("an answer");
    }

    private static string Address(int number) => "http://127.0.0.1:9/" + number.ToString(CultureInfo.InvariantCulture);
}
