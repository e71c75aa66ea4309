using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Processes;

/// <summary>What happens to a real process that is told to stop, is killed, or runs out of disk.</summary>
public sealed class StopTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly HttpClient client = new();

    public void Dispose()
    {
        client.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_request_that_runs_is_answered_before_the_process_ends_with_code_0()
    {
        await using var service = await Programs.StartAsync(Programs.Authority, folder);
        using var socket = new TcpClient();
        await socket.ConnectAsync(service.Url.Host, service.Url.Port);
        await using var stream = socket.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {AuthorityRoutes.Applications} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {SignedApplication.MediaType}\r\nContent-Length: 10\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"));

        // The server asks for the body when the endpoint reads it: from here on the request runs.
        Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync().Within("the request to run"));
        await service.SendAsync("TERM");
        await UntilNobodyListensAsync(service.Url).Within("the service to listen no more");
        await stream.WriteAsync("no.a.jws.."u8.ToArray());
        Assert.Contains("HTTP/1.1 401", await reader.ReadToEndAsync().Within("the answer"), StringComparison.Ordinal);
        Assert.Equal(0, await service.ExitAsync());
    }

    [Fact]
    public async Task A_killed_process_starts_again_with_the_same_keys_and_the_same_token()
    {
        string token;
        string keys;
        await using (var service = await Programs.StartAsync(Programs.Authority, folder))
        {
            token = service.ShownToken();
            keys = await client.GetStringAsync(new Uri(service.Url, AuthorityRoutes.Jwks));
            await service.KillAsync();
        }

        await using var again = await Programs.StartAsync(Programs.Authority, folder);
        Assert.DoesNotContain("shown this once", again.Output, StringComparison.Ordinal);
        Assert.Equal(keys, await client.GetStringAsync(new Uri(again.Url, AuthorityRoutes.Jwks)));
        Assert.Empty(await ParticipantsAsync(again, token));
    }

    [Fact]
    public async Task On_a_full_disk_nothing_is_acknowledged_and_with_room_again_the_service_goes_on()
    {
        await using var service = await Programs.StartAsync(Programs.Authority, folder);
        var token = service.ShownToken();
        using var key = SigningKey.Generate();
        Assert.Equal(HttpStatusCode.OK, await ReadyAsync(service));

        await LimitFilesAsync(service, "1");
        Assert.Equal(HttpStatusCode.InternalServerError, await ApplyAsync(service, key));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadyAsync(service));
        Assert.Empty(await ParticipantsAsync(service, token));

        await LimitFilesAsync(service, "unlimited");
        Assert.Equal(HttpStatusCode.OK, await ReadyAsync(service));
        Assert.Equal(HttpStatusCode.Created, await ApplyAsync(service, key));
        await service.KillAsync();
        await using var again = await Programs.StartAsync(Programs.Authority, folder);
        Assert.Equal([Programs.GridId], await ParticipantsAsync(again, token));
    }

    // The largest file that the process may write: less than its database has, as on a full disk.
    private static async Task LimitFilesAsync(ServiceProcess service, string bytes)
    {
        using var prlimit = Process.Start("prlimit", ["--pid", service.Id.ToString(CultureInfo.InvariantCulture), $"--fsize={bytes}:"]);
        await prlimit.WaitForExitAsync().Within("prlimit");
        Assert.Equal(0, prlimit.ExitCode);
    }

    private static async Task UntilNobodyListensAsync(Uri url)
    {
        while (true)
        {
            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync(url.Host, url.Port);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private async Task<HttpStatusCode> ReadyAsync(ServiceProcess service)
    {
        using var response = await client.GetAsync(new Uri(service.Url, "/health/ready")).Within("an answer");
        return response.StatusCode;
    }

    private async Task<HttpStatusCode> ApplyAsync(ServiceProcess service, SigningKey key)
    {
        var application = new ParticipantApplication
        {
            Id = Did.Parse(Programs.GridId),
            Name = "Grid",
            Region = "44",
            Roles = ["member"],
            Endpoint = new Uri("https://grid.example"),
            Key = key.Public.Jwk,
        };
        using var content = new StringContent(SignedApplication.Create(application, key), new MediaTypeHeaderValue(SignedApplication.MediaType));
        using var response = await client.PostAsync(new Uri(service.Url, AuthorityRoutes.Applications), content).Within("an answer");
        return response.StatusCode;
    }

    private async Task<List<string?>> ParticipantsAsync(ServiceProcess service, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Url, AuthorityRoutes.Participants));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await client.SendAsync(request).Within("an answer");
        Assert.True(response.IsSuccessStatusCode, response.StatusCode.ToString());
        using var page = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return [.. page.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString())];
    }
}
