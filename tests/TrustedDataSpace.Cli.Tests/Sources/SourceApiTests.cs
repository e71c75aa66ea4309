using System.Net;
using TrustedDataSpace.Cli.Sources;
using TrustedDataSpace.Cli.Space;
using Xunit;

namespace TrustedDataSpace.Cli.Tests.Sources;

public sealed class SourceApiTests : IAsyncLifetime
{
    private const string Credential = "known to the connector only";
    private static readonly string DemandFile = Path.Combine(Samples.Folder("power-grid"), "data", "demand-half-hourly.csv");

    private readonly HttpClient http = new();
    private SourceApi source = null!;

    public async ValueTask InitializeAsync() => source = await SourceApi.StartAsync(0, Credential, DemandFile);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await source.DisposeAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("guessed")]
    public async Task Without_its_credential_it_answers_nobody(string? credential)
    {
        using var answer = await GetAsync("/system_demand_48", credential);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.DoesNotContain("p01", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demand_is_the_file_byte_for_byte()
    {
        using var answer = await GetAsync("/system_demand_48", Credential);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(await File.ReadAllBytesAsync(DemandFile), await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Followed_demand_is_the_file_and_then_stays_open()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, source.Url + "/system_demand_48?follow=true");
        request.Headers.Add(SourceApi.CredentialHeader, Credential);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var file = await File.ReadAllBytesAsync(DemandFile);
        var received = new byte[file.Length];
        await body.ReadExactlyAsync(received);
        Assert.Equal(file, received);
        var next = body.ReadAsync(new byte[1]).AsTask();
        using var another = await GetAsync("/system_demand_48", Credential);
        Assert.Equal(file, await another.Content.ReadAsByteArrayAsync());
        Assert.False(next.IsCompleted);
    }

    [Fact]
    public async Task A_day_of_load_curves_is_that_of_the_generator()
    {
        using var answer = await GetAsync("/load_curve_96?date=2026-05-31", Credential);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(LoadCurves.Csv(new DateOnly(2026, 5, 31)), await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Without_a_date_the_whole_month_comes()
    {
        using var answer = await GetAsync("/load_curve_96", Credential);
        Assert.Equal(1 + (59 * 31), (await answer.Content.ReadAsStringAsync()).Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("2026-06-01", HttpStatusCode.NotFound)]
    [InlineData("01.05.2026", HttpStatusCode.BadRequest)]
    public async Task A_day_without_data_and_a_word_that_is_no_day_are_told_apart(string date, HttpStatusCode expected)
    {
        using var answer = await GetAsync("/load_curve_96?date=" + date, Credential);
        Assert.Equal(expected, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string? credential)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, source.Url + path);
        if (credential is not null)
        {
            request.Headers.Add(SourceApi.CredentialHeader, credential);
        }

        return await http.SendAsync(request);
    }
}
