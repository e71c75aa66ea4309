using System.Collections.Concurrent;
using System.Net;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Delivery;

/// <summary>Whatever the network does to the messages of a negotiation, it ends in one contract that both have.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(Fault.Lost)]
    [InlineData(Fault.AnswerLost)]
    [InlineData(Fault.Doubled)]
    [InlineData(Fault.Late)]
    [InlineData(Fault.Broken)]
    [InlineData(Fault.Garbage)]
    [InlineData(Fault.Empty)]
    [InlineData(Fault.Elsewhere)]
    public async Task Each_message_is_hit_once_and_the_contract_comes_about_once(Fault fault)
    {
        await using var space = await FaultSpace.StartAsync();
        space.Script((_, before) => before == 0 ? fault : Fault.None);
        await space.AssertOneContractAsync((await space.AskAsync()).Id);
    }

    [Fact]
    public async Task A_peer_that_hangs_is_left_after_the_limit_and_asked_again()
    {
        await using var space = await FaultSpace.StartAsync();
        space.AtConsumer.Script = (path, before) => before == 0 && path.EndsWith("/agreement", StringComparison.Ordinal) ? Fault.Hanging : Fault.None;
        await space.AssertOneContractAsync((await space.AskAsync()).Id);
        Assert.Contains(space.Space.Log.Lines, line => line.Service == "grid" && line.Text.Contains("did not answer within 00:00:05", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_peer_that_does_not_know_the_process_yet_is_asked_again()
    {
        await using var space = await FaultSpace.StartAsync();
        space.Script((path, before) => before < 4 && !path.EndsWith("/negotiations/request", StringComparison.Ordinal) ? Fault.NotYet : Fault.None);
        await space.AssertOneContractAsync((await space.AskAsync()).Id);
    }

    [Fact]
    public async Task A_peer_that_never_knows_the_process_is_given_up_with_its_answer_as_the_reason()
    {
        var outbox = new OutboxOptions { FirstPause = TimeSpan.FromMilliseconds(5), NotFoundPatience = TimeSpan.Zero };
        await using var space = await FaultSpace.StartAsync(outbox);
        space.AtProvider.Script = (path, _) => path.EndsWith("/verification", StringComparison.Ordinal) ? Fault.NotYet : Fault.None;
        var asked = await space.AskAsync();
        var database = space.Of<Database>(space.Space.Consumer);
        Assert.True(await database.WaitUntilAsync(() => FaultSpace.Count(database, "SELECT count(*) FROM negotiations WHERE state = 'TERMINATED'") == 1, Deadline.Limit, default));
        var ended = await space.EndOfAsync(asked.Id);
        Assert.Contains("answered 404", Assert.Single(ended.Reasons), StringComparison.Ordinal);
        Assert.Equal(5, space.AtProvider.Messages.Count(message => message.Path.EndsWith("/verification", StringComparison.Ordinal)));
        Assert.Equal(0, FaultSpace.Count(database, "SELECT count(*) FROM agreements"));
    }

    [Fact]
    public async Task A_first_message_that_is_not_wanted_is_not_sent_again()
    {
        await using var space = await FaultSpace.StartAsync();
        space.AtProvider.Script = (_, _) => Fault.NotYet;
        var ended = await space.EndOfAsync((await space.AskAsync()).Id);
        Assert.Equal("TERMINATED", ended.State);
        Assert.Single(space.AtProvider.Messages);
    }

    [Fact]
    public async Task A_peer_that_is_away_for_longer_than_the_longest_pause_gets_everything_when_it_is_back()
    {
        await using var space = await FaultSpace.StartAsync(new OutboxOptions { FirstPause = TimeSpan.FromMilliseconds(5), LongestPause = TimeSpan.FromMilliseconds(50) });
        var back = false;
        space.AtConsumer.Script = (_, _) => Volatile.Read(ref back) ? Fault.None : Fault.Lost;
        var asked = await space.AskAsync();

        // Pauses of 5, 10, 20, 40, 50, 50 ms: at the tenth attempt the longest pause has passed more than once.
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while (space.AtConsumer.Messages.Count < 10)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var outbox = await space.Space.Provider.WaitAsync<OutboxView>(ManagementRoutes.Outbox, 0);
        var waiting = Assert.Single(outbox.Items);
        Assert.Equal(("negotiation.send", TestSpace.Vpp), (waiting.Topic, waiting.Peer));
        Assert.True(waiting.Attempts >= 8, $"{waiting.Attempts} attempts");
        Assert.Contains("did not answer", waiting.LastError, StringComparison.Ordinal);
        Assert.Equal(TestSpace.Vpp, Assert.Single(outbox.Circuits).Peer);

        Volatile.Write(ref back, true);
        await space.AssertOneContractAsync(asked.Id);
        Assert.Empty((await space.Space.Provider.WaitAsync<OutboxView>(ManagementRoutes.Outbox, 0)).Circuits);
    }

    [Fact]
    public async Task Messages_that_a_network_still_had_change_nothing_when_they_come_after_the_end_in_the_wrong_order()
    {
        await using var space = await FaultSpace.StartAsync();
        var asked = await space.AskAsync();
        await space.AssertOneContractAsync(asked.Id);
        var answers = new ConcurrentBag<HttpStatusCode>();
        foreach (var proxy in new[] { space.AtProvider, space.AtConsumer })
        {
            foreach (var message in proxy.Messages.Reverse().ToList())
            {
                answers.Add(await proxy.RepeatAsync(message));
            }
        }

        // Each is known: answered as before.
        Assert.All(answers, status => Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Created, $"{status}"));
        Assert.Equal(4, answers.Count);
        await space.AssertOneContractAsync(asked.Id);
    }

    [Fact]
    public async Task A_stranger_learns_nothing_about_a_process_and_moves_nothing()
    {
        await using var space = await FaultSpace.StartAsync();
        var asked = await space.AskAsync();
        await space.AssertOneContractAsync(asked.Id);
        var stranger = await StrangerAsync(space);
        var known = space.AtProvider.Messages.Concat(space.AtConsumer.Messages).Where(message => !message.Path.EndsWith("/negotiations/request", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, known.Count);
        foreach (var message in known)
        {
            var pid = message.Path.Split('/')[4];
            var (proxy, member) = space.AtProvider.Messages.Contains(message) ? (space.AtProvider, TestSpace.Grid) : (space.AtConsumer, TestSpace.Vpp);
            var token = await stranger.ForAsync(member, default);
            var (status, body) = await SendAsync(token!, new Uri(proxy.Target!, message.Path), message.Body);
            var (unknownStatus, unknownBody) = await SendAsync(token!, new Uri(proxy.Target!, message.Path.Replace(pid, "no-such-pid", StringComparison.Ordinal)), message.Body);
            Assert.Equal((HttpStatusCode.NotFound, unknownBody), (status, body));
            Assert.Equal(HttpStatusCode.NotFound, unknownStatus);
        }

        await space.AssertOneContractAsync(asked.Id);
    }

    // A member like any other, but no party to the contract.
    private static async Task<IPeerTokens> StrangerAsync(FaultSpace space)
    {
        var member = await space.Space.StartConnectorAsync("other", "did:web:other.example", "44");
        await space.Space.AdmitAsync("did:web:other.example");
        await member.WaitAsync<ConnectorStatus>(ManagementRoutes.Status);
        return space.Of<IPeerTokens>(member);
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(string token, Uri address, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Headers.Authorization = new("Bearer", token);
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var client = new HttpClient();
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
