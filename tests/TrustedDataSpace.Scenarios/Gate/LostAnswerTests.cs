using System.Net;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Scenarios.Transfer;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>Answers that are lost between the two connectors.</summary>
public sealed class LostAnswerTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("key-1")]
    public async Task An_answer_that_is_lost_on_a_connection_that_was_used_before_is_counted_alike(string? key)
    {
        var port = FreePort.Find();
        await using var link = new LossyLink(port);
        await using var space = await StartAsync(port, link);
        var contract = await space.ContractAsync("curves");
        using (var before = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        // The platform sends the request once more by itself, and it is refused as a replay: that says nothing about the first.
        var sent = link.Requests;
        link.LoseNext();
        using (var lost = await contract.UseAsync(key: key))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, lost.StatusCode);
        }

        Assert.Equal(2, link.Requests - sent);
        var counts = await space.Provider.CountsAsync(contract.Agreement);
        Assert.Equal(("ok", 2L), Assert.Single(counts.Select(use => (use.Outcome, use.Requests))));
        Assert.Equal(counts, await space.Consumer.CountsAsync(contract.Agreement));
    }

    [Fact]
    public async Task A_request_that_was_given_up_before_it_arrived_is_not_served()
    {
        var port = FreePort.Find();
        await using var link = new LossyLink(port);
        await using var space = await StartAsync(port, link);
        var contract = await space.ContractAsync("curves");
        (await contract.UseAsync()).Dispose();

        var held = link.Hold();
        using (var impatient = new CancellationTokenSource())
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/consume/{contract.Agreement}");
            request.Headers.Authorization = new("Bearer", contract.Secret);
            request.Headers.Add("Tds-Purpose", "inference");
            var use = space.Consumer.SendAsync(request, impatient.Token);
            await held.HasCome.Task.Within("the request");
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => use).Within("the end");
        }

        // The consumer has asked, and heard that there is no such use.
        Assert.Equal(1, (await space.Consumer.CountsAsync(contract.Agreement)).Sum(use => use.Requests));
        held.MayGo.SetResult();
        await held.HasEnded.Task.Within("the provider's answer");
        var counts = await space.Provider.CountsAsync(contract.Agreement);
        Assert.Equal(1, counts.Sum(use => use.Requests));
        Assert.Equal(counts, await space.Consumer.CountsAsync(contract.Agreement));
    }

    private static Task<TestSpace> StartAsync(int port, LossyLink link) => TestSpace.StartAsync(adjust: (name, settings) => name != "grid" ? settings : settings with
    {
        Listen = new ListenOptions { Url = $"http://127.0.0.1:{port}", PublicUrl = link.Url },
    });
}
