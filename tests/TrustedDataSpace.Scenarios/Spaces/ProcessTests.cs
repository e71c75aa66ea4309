using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Scenarios.Processes;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>Two settings files and one real process, started as an operator would.</summary>
public sealed partial class ProcessTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Programs.Connector)]
    [InlineData(Programs.Tds, "connector", "run")]
    public async Task A_connector_for_each_file_runs_until_all_are_told_to_stop(string program, params string[] verb)
    {
        var spaces = new[] { "city", "grid" };
        await using var process = await ServiceProcess.StartAsync(program, [.. verb, .. spaces.SelectMany(space => new[] { "--config", Settings(space) })], services: 2);
        var tokens = Token().Matches(process.Output).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(2, tokens.Distinct().Count());
        foreach (var (own, other) in new[] { (0, 1), (1, 0) })
        {
            Assert.Equal(spaces[own], (await StatusAsync(process.Urls[own], tokens[own])).Space);
            Assert.Equal(HttpStatusCode.Unauthorized, await CodeAsync(process.Urls[own], tokens[other]));
        }

        Assert.Equal(0, await process.TerminateAsync());
    }

    [Theory]
    [InlineData(Programs.Connector)]
    [InlineData(Programs.Tds, "connector", "run")]
    public async Task Files_that_would_let_two_meet_start_none_and_all_of_it_is_told(string program, params string[] verb)
    {
        var (city, grid) = (Settings("city"), Settings("grid", "city"));
        var (code, output, errors) = await ServiceProcess.RunAsync(program, [.. verb, "--config", city, "--config", grid, "--config", city]);
        Assert.Equal(2, code);
        Assert.Contains("Storage:Folder is", errors, StringComparison.Ordinal);
        Assert.Contains("Participant:Id and Space:Id are the same", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("listening on", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["city"]));
    }

    private string Settings(string space, string? data = null)
    {
        var file = folder[space + ".json"];
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            Space = new { Id = space },
            Participant = new { Id = Programs.GridId, Name = "Grid" },
            Storage = new { Folder = folder[data ?? space] },
            Egress = new { AllowPrivateAddresses = true },
            Authority = new { Url = "http://127.0.0.1:9", Id = Programs.AuthorityId },
            Membership = new { Region = "44" },
        }));
        return file;
    }

    private static async Task<ConnectorStatus> StatusAsync(Uri service, string token)
    {
        using var client = new HttpClient { BaseAddress = service, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        return await client.WaitAsync<ConnectorStatus>(ManagementRoutes.Status, seconds: 0);
    }

    private static async Task<HttpStatusCode> CodeAsync(Uri service, string token)
    {
        using var client = new HttpClient { BaseAddress = service, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        using var answer = await client.GetAsync(new Uri(ManagementRoutes.Status, UriKind.Relative)).Within("an answer");
        return answer.StatusCode;
    }

    [GeneratedRegex(@"shown this once: (\S+)")]
    private static partial Regex Token();
}
