using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace TrustedDataSpace.Connector.Tests.DataPlane.Sources;

/// <summary>Sources of one server or several, over real HTTP on loopback.</summary>
public sealed class SourceClusterTests : IAsyncLifetime
{
    private readonly List<TestSource> sources = [];
    private SourcePlane plane = null!;

    public async ValueTask InitializeAsync() => plane = await SourcePlane.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await plane.DisposeAsync();
        foreach (var source in sources)
        {
            await source.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(SourceBalancing.RoundRobin)]
    [InlineData(SourceBalancing.Random)]
    [InlineData(SourceBalancing.PowerOfTwoChoices)]
    public async Task Requests_are_shared_by_the_servers(string balancing)
    {
        var (a, b) = (await SourceAsync(), await SourceAsync());
        await plane.DefineAsync(a, new() { LoadBalancing = balancing }, null, b);
        for (var i = 0; i < 200 && (a.Requests.IsEmpty || b.Requests.IsEmpty); i++)
        {
            await OkAsync("/data/f/x");
        }

        Assert.All(new[] { a, b }, source => Assert.Equal(("GET /base/x", "of-the-source"), (source.Last.Line, source.Last.Headers["X-Source-Key"])));
    }

    [Theory]
    [InlineData(SourceBalancing.LeastRequests)]
    [InlineData(SourceBalancing.PowerOfTwoChoices)]
    public async Task A_request_goes_to_the_server_that_is_less_busy(string balancing)
    {
        var (began, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        Task Hold(HttpContext context)
        {
            began.TrySetResult();
            return context.Request.Path.Value!.EndsWith("hold", StringComparison.Ordinal) ? go.Task : Task.CompletedTask;
        }

        var (a, b) = (await SourceAsync(Hold), await SourceAsync(Hold));
        await plane.DefineAsync(a, new() { LoadBalancing = balancing }, null, b);
        var held = plane.Client.GetAsync("/data/f/hold");
        await began.Task.Within("the first request");
        for (var i = 0; i < 5; i++)
        {
            await OkAsync("/data/f");
        }

        var busy = a.Requests.Any(asked => asked.Target.EndsWith("hold", StringComparison.Ordinal)) ? a : b;
        Assert.Single(busy.Requests);
        go.SetResult();
        (await held).Dispose();
    }

    [Fact]
    public async Task Others_stand_by_while_the_first_answers()
    {
        var (a, b) = (await SourceAsync(), await SourceAsync());
        await plane.DefineAsync(a, new() { LoadBalancing = SourceBalancing.FirstAlphabetical }, null, b);
        await OkAsync("/data/f");
        await OkAsync("/data/f");
        Assert.Equal([0, 2], new[] { a.Requests.Count, b.Requests.Count }.Order());
    }

    [Fact]
    public async Task A_read_that_reached_no_server_is_put_to_another_once()
    {
        var (a, b) = (await SourceAsync(), await SourceAsync());
        await plane.DefineAsync(a, new() { LoadBalancing = SourceBalancing.RoundRobin }, null, b);
        await a.StopAsync();
        for (var i = 0; i < 4; i++)
        {
            await OkAsync("/data/f");
        }

        Assert.Equal((4, 4), (b.Requests.Count, plane.Uses.Count));
        await b.StopAsync();
        using var answer = await plane.Client.GetAsync("/data/f");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task A_read_whose_connection_broke_before_an_answer_is_put_to_another()
    {
        var (a, b) = (await SourceAsync(Break), await SourceAsync());
        await plane.DefineAsync(a, new() { LoadBalancing = SourceBalancing.RoundRobin }, null, b);
        for (var i = 0; i < 2; i++)
        {
            await OkAsync("/data/f");
        }

        Assert.NotEmpty(a.Requests);
        Assert.Equal(2, b.Requests.Count);
    }

    [Fact]
    public async Task What_changes_something_is_asked_once_and_so_is_what_was_told_not_to_repeat()
    {
        var (a, b) = (await SourceAsync(Break), await SourceAsync(Break));
        await plane.DefineAsync(a, new(), new() { Methods = ["GET", "POST"] }, b);
        using (var answer = await plane.Client.PostAsync("/data/f", new StringContent("x")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        Assert.Equal(1, a.Requests.Count + b.Requests.Count);
        await plane.DefineAsync(a, new() { Retry = false }, null, b);
        using var read = await plane.Client.GetAsync("/data/f");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, read.StatusCode);
        Assert.Equal(2, a.Requests.Count + b.Requests.Count);
    }

    [Fact]
    public async Task A_server_whose_requests_fail_is_left_out()
    {
        var (a, b) = (await SourceAsync(Break), await SourceAsync());
        await plane.DefineAsync(a, new() { LoadBalancing = SourceBalancing.RoundRobin, RecoverySeconds = 3600 }, null, b);
        for (var i = 0; i < 30; i++)
        {
            await OkAsync("/data/f");
        }

        Assert.Equal(30, b.Requests.Count);
        Assert.InRange(a.Requests.Count, 1, 14);
    }

    [Fact]
    public async Task A_server_that_says_it_is_not_well_is_left_out()
    {
        static Task Sick(HttpContext context)
        {
            context.Response.StatusCode = context.Request.Path == "/base/health" ? 500 : 200;
            return Task.CompletedTask;
        }

        var (a, b) = (await SourceAsync(Sick), await SourceAsync());
        await plane.DefineAsync(a, new() { LoadBalancing = SourceBalancing.RoundRobin, Probe = new() { Path = "/health", IntervalSeconds = 1, Failures = 1 } }, null, b);
        using var limit = new CancellationTokenSource(Deadline.Limit);
        var (before, after) = (0, 1);
        while (before != after)
        {
            limit.Token.ThrowIfCancellationRequested();
            before = Reads(a);
            await OkAsync("/data/f");
            await OkAsync("/data/f");
            await OkAsync("/data/f");
            after = Reads(a);
        }

        var probe = Assert.Single(a.Requests.Where(asked => asked.Target == "/base/health").Take(1));
        Assert.Equal("of-the-source", probe.Headers["X-Source-Key"]);
        static int Reads(TestSource source) => source.Requests.Count(asked => asked.Target == "/base");
    }

    [Fact]
    public async Task A_change_of_the_servers_drops_nothing_that_flows()
    {
        var go = new TaskCompletionSource();
        var (a, b) = (await SourceAsync(async context =>
        {
            await context.Response.WriteAsync("first ");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("last");
        }), await SourceAsync());
        await plane.DefineAsync(a, new(), null, b);
        await plane.DefineAsync(a);
        using var flowing = await plane.Client.GetAsync("/data/f", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await flowing.Content.ReadAsStreamAsync();
        Assert.Equal(6, await body.ReadAtLeastAsync(new byte[6], 6));

        await plane.DefineAsync(a, new(), null, b);
        await plane.Assets.DefineAsync(new AssetDefinition { Id = "f", SourceUrl = b.Url, SourceHeaders = new Dictionary<string, string> { ["X-Source-Key"] = "new" } });
        await OkAsync("/data/f");
        Assert.Equal("new", b.Last.Headers["X-Source-Key"]);

        go.SetResult();
        using var rest = new StreamReader(body);
        Assert.Equal("last", await rest.ReadToEndAsync().Within("the rest"));
    }

    [Fact]
    public async Task What_is_kept_grows_with_the_sources_in_use()
    {
        var source = await SourceAsync();
        await plane.DefineAsync(source);
        for (var i = 0; i < 20; i++)
        {
            await plane.Assets.DefineAsync(new AssetDefinition { Id = "idle-" + i, SourceUrl = source.Url, Source = new() { Probe = new() { Path = "/health" } } });
        }

        Assert.Equal(0, plane.Clusters.Count);
        await OkAsync("/data/f");
        Assert.Equal((1, 1), (plane.Clusters.Count, source.Requests.Count));
        plane.Sources.Close(TimeSpan.FromMinutes(1));
        Assert.Equal(1, plane.Clusters.Count);
        plane.Sources.Close(TimeSpan.Zero);
        Assert.Equal(0, plane.Clusters.Count);
        await OkAsync("/data/f");
        await OkAsync("/data/idle-3");
        Assert.Equal(2, plane.Clusters.Count);
    }

    [Fact]
    public async Task A_source_in_use_is_not_closed()
    {
        var (began, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var source = await SourceAsync(context =>
        {
            began.TrySetResult();
            return go.Task;
        });
        await plane.DefineAsync(source);
        var reading = plane.Client.GetAsync("/data/f");
        await began.Task.Within("the source");
        plane.Sources.Close(TimeSpan.Zero);
        Assert.Equal(1, plane.Clusters.Count);
        go.SetResult();
        using var answer = await reading;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Assets_whose_ids_differ_in_case_are_two_sources()
    {
        var (a, b) = (await SourceAsync(), await SourceAsync());
        await plane.Assets.DefineAsync(new AssetDefinition { Id = "meters", SourceUrl = a.Url });
        await plane.Assets.DefineAsync(new AssetDefinition { Id = "Meters", SourceUrl = b.Url });
        await OkAsync("/data/meters");
        await OkAsync("/data/Meters");
        Assert.Equal((1, 1), (a.Requests.Count, b.Requests.Count));
    }

    [Fact]
    public async Task An_asset_that_was_removed_is_no_source_any_more()
    {
        await plane.DefineAsync(await SourceAsync());
        await OkAsync("/data/f");
        await plane.Assets.DeleteAsync("f");
        using var answer = await plane.Client.GetAsync("/data/f");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("1.1", HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData("2", HttpProtocols.Http2, "HTTP/2")]
    [InlineData(null, HttpProtocols.Http1, "HTTP/1.1")]
    public async Task The_version_is_the_one_that_was_said(string? version, HttpProtocols speaks, string protocol)
    {
        var source = await TestSource.StartAsync(listen: options => options.Protocols = speaks);
        sources.Add(source);
        await plane.DefineAsync(source, new() { HttpVersion = version });
        await OkAsync("/data/f?x=1");
        Assert.Equal((protocol, "GET /base?x=1"), (source.Last.Protocol, source.Last.Line));
    }

    [Fact]
    public async Task A_source_that_keeps_silent_for_longer_than_it_may_is_named()
    {
        await plane.DefineAsync(await SourceAsync(StandInOpa.Silence), new() { SilenceSeconds = 1 });
        using var answer = await plane.Client.GetAsync("/data/f");
        Assert.Contains("it kept silent for 00:00:01", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_an_asset_may_be_is_taken_by_the_proxy()
    {
        var balancing = new[] { SourceBalancing.FirstAlphabetical, SourceBalancing.LeastRequests, SourceBalancing.PowerOfTwoChoices, SourceBalancing.Random, SourceBalancing.RoundRobin };
        var extremes = balancing.SelectMany(policy => new SourceDefinition[]
        {
            new() { LoadBalancing = policy },
            new() { LoadBalancing = policy, Destinations = ["https://b.example:8443/x/"], ConnectSeconds = 1, SilenceSeconds = 1, RecoverySeconds = 1, FailureRate = 0.01, HttpVersion = "1.1", Probe = new() { Path = "/", IntervalSeconds = 1, TimeoutSeconds = 1, Failures = 1 } },
            new() { LoadBalancing = policy, Destinations = ["http://[::1]"], ConnectSeconds = 60, SilenceSeconds = 100, RecoverySeconds = 3600, FailureRate = 1, HttpVersion = "2", Probe = new() { Path = "/a%20b", IntervalSeconds = 3600, TimeoutSeconds = 60, Failures = 100 } },
        });
        foreach (var source in extremes)
        {
            AssetRules.Check(new AssetDefinition { Id = "A-._z", SourceUrl = "http://a.example", Source = source });
            var address = new SourceAddress(new Uri("http://a.example"), new Dictionary<string, string>()) { Source = source };
            Assert.Empty(await plane.Get<IConfigValidator>().ValidateClusterAsync(SourceCluster.Of("A-._z", address, TimeSpan.FromSeconds(100))));
        }
    }

    [Fact]
    public void No_keys_are_made_for_cookies_that_nobody_sets() =>
        Assert.DoesNotContain(plane.Get<IEnumerable<IHostedService>>(), service => service.GetType().Namespace!.Contains("DataProtection", StringComparison.Ordinal));

    // With a reset: where a connection has just ended, the client itself asks again on another one.
    private static Task Break(HttpContext context)
    {
        context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.Close(timeout: 0);
        context.Abort();
        return Task.CompletedTask;
    }

    private async Task<TestSource> SourceAsync(RequestDelegate? answer = null)
    {
        var source = await TestSource.StartAsync(answer);
        sources.Add(source);
        return source;
    }

    private async Task OkAsync(string target)
    {
        using var answer = await plane.Client.GetAsync(target).Within("an answer");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
