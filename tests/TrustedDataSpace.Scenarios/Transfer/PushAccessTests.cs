using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Transfer;

/// <summary>Who may push what to a consumer's connector: the provider, for this transfer, while it is started, each number once.</summary>
public sealed class PushAccessTests(SharedSpace shared) : IClassFixture<SharedSpace>
{
    private readonly TestSpace space = shared.Space;

    [Fact]
    public async Task What_a_stranger_pushes_is_refused_and_neither_counted_nor_sent_on()
    {
        await using var sink = await Sink.StartAsync();
        var (agreement, transfer, token, number) = await PushedOnceAsync(sink);
        var (_, another, othersToken, _) = await PushedOnceAsync(sink);
        Assert.NotEqual(token, othersToken);

        foreach (var (shown, pid) in new[] { (null, transfer.Id), ("tds_push_0000", transfer.Id), (othersToken, transfer.Id), (token, another.Id), (token, "no-such-transfer"), (token, transfer.Flow!) })
        {
            using var refused = await PushAsync(pid, shown, Next(number));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("unauthenticated", (await refused.ProblemAsync()).GetProperty("code").GetString());
        }

        Assert.Equal(1, Assert.Single(await space.Consumer.CountsAsync(agreement)).Requests);
        Assert.False(sink.HasMore);
    }

    [Fact]
    public async Task A_number_counts_once_and_only_near_its_time_and_only_for_the_declared_purpose()
    {
        await using var sink = await Sink.StartAsync();
        var (agreement, transfer, token, number) = await PushedOnceAsync(sink);
        await RefusedAsync(HttpStatusCode.Conflict, transfer.Id, token, number);
        await RefusedAsync(HttpStatusCode.Conflict, transfer.Id, token, "1/1");
        await RefusedAsync(HttpStatusCode.BadRequest, transfer.Id, token, "none");
        await RefusedAsync(HttpStatusCode.BadRequest, transfer.Id, token, null);
        await RefusedAsync(HttpStatusCode.Forbidden, transfer.Id, token, Next(number), purpose: "training");
        Assert.Equal(1, Assert.Single(await space.Consumer.CountsAsync(agreement)).Requests);
        Assert.False(sink.HasMore);
    }

    [Fact]
    public async Task A_token_opens_nothing_while_the_transfer_is_suspended_and_after_it_and_a_start_brings_another()
    {
        await using var sink = await Sink.StartAsync();
        var (_, transfer, token, number) = await PushedOnceAsync(sink);
        await space.Consumer.StepAsync(ManagementRoutes.TransferSuspension, transfer.Id, "maintenance");
        await RefusedAsync(HttpStatusCode.Forbidden, transfer.Id, token, Next(number));
        await space.UntilAsync(space.Provider, transfer.Flow!, seen => seen.State == "SUSPENDED");

        await space.Consumer.StepAsync(ManagementRoutes.TransferStarting, transfer.Id);
        await RefusedAsync(HttpStatusCode.Unauthorized, transfer.Id, token, Next(number));
        Assert.True(await (await sink.NextAsync()).IsWholeAsync());
        var renewed = TokenOf(transfer);
        Assert.NotEqual(token, renewed);

        await space.Consumer.StepAsync(ManagementRoutes.TransferTermination, transfer.Id, "over");
        await RefusedAsync(HttpStatusCode.Unauthorized, transfer.Id, renewed, Next(number));
    }

    [Fact]
    public async Task A_delivery_that_is_larger_than_the_consumer_takes_is_refused_as_too_large_and_the_provider_hears_why()
    {
        await using var small = await TestSpace.StartAsync(new DataOptions { LargestPush = 20 });
        await using var sink = await Sink.StartAsync();
        var agreement = await small.AgreeAsync(finite: true);
        var transfer = await small.PushAsync(agreement, sink);
        var suspended = await small.Consumer.TransferAsync(transfer.Id, after: "STARTED");
        Assert.Equal(("SUSPENDED", "PROVIDER"), (suspended.State, suspended.SuspendedBy));
        Assert.Contains("answered 413", Assert.Single(suspended.Reasons), StringComparison.Ordinal);
        Assert.Contains("larger", suspended.Reasons[0], StringComparison.Ordinal);
    }

    private async Task RefusedAsync(HttpStatusCode expected, string pid, string token, string? number, string purpose = "inference")
    {
        using var refused = await PushAsync(pid, token, number, purpose);
        Assert.Equal(expected, refused.StatusCode);
        Assert.NotEmpty((await refused.ProblemAsync()).GetProperty("detail").GetString()!);
    }

    /// <summary>A push that has made its first delivery; the next one is due in a minute.</summary>
    private async Task<(string Agreement, TransferView Transfer, string Token, string Number)> PushedOnceAsync(Sink sink)
    {
        var agreement = await space.AgreeAsync();
        var transfer = await space.PushAsync(agreement, sink);
        var delivery = await sink.NextAsync();
        Assert.True(await delivery.IsWholeAsync());
        await space.Consumer.CountsAsync(agreement);
        return (agreement, transfer, TokenOf(transfer), delivery.Headers["Tds-Usage"]);
    }

    private string TokenOf(TransferView transfer) =>
        space.Behind(space.Consumer).Services.GetRequiredService<Pushes>().Find(FlowRow.Consumer, transfer.Id)!.Address.Token;

    private static string Next(string number) => number.Split('/')[0] + "/77";

    private async Task<HttpResponseMessage> PushAsync(string pid, string? token, string? number, string purpose = "inference")
    {
        using var stranger = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{space.Consumer.BaseAddress!.GetLeftPart(UriPartial.Authority)}/push/{pid}")
        {
            Content = new StringContent("id,v1,v2\nx,1,2\n", Encoding.UTF8, "text/csv"),
        };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("Tds-Purpose", purpose);
        if (number is not null)
        {
            request.Headers.Add("Tds-Usage", number);
        }

        return await stranger.SendAsync(request).Within("an answer");
    }
}
