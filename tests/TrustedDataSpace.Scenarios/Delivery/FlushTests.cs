using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using TrustedDataSpace.Testing.Restart;
using Xunit;

namespace TrustedDataSpace.Scenarios.Delivery;

/// <summary>What a peer has been told is on the disk: seen in the system calls of the programs themselves.</summary>
public sealed class FlushTests
{
    private const string Product = "curves";

    [Fact]
    public async Task A_flush_of_the_database_lies_between_each_message_and_its_acknowledgement()
    {
        using var folder = new TempFolder();
        await using var space = await KillableSpace.StartAsync();
        await space.PublishAsync(Product);
        var (provider, why) = await Strace.AttachAsync(space.Provider.ProcessId, folder["provider.strace"]);
        if (provider is null)
        {
            Assert.Skip(why);
        }

        var (consumer, _) = await Strace.AttachAsync(space.Consumer.ProcessId, folder["consumer.strace"]);
        var asked = await space.NegotiateAsync(Product);
        var route = ManagementRoutes.For(ManagementRoutes.NegotiationById, asked.Id);
        var ended = await space.Consumer.GetAsync<NegotiationView>(route, wait: true);
        Assert.Equal("FINALIZED", ended.State);

        // The consumer shows the state when it is kept; its acknowledgement goes after that, and the provider lets its message go then.
        await space.Provider.UntilAsync("to have delivered everything", async () =>
            (await space.Provider.GetAsync<OutboxView>(ManagementRoutes.Outbox)).Items.All(item => item.Topic != "negotiation.send"));

        AssertFlushed(await provider.DetachAsync(), "/negotiations/request", "/agreement/verification");
        AssertFlushed(await consumer!.DetachAsync(), "/agreement ", "/events ");
        await provider.DisposeAsync();
        await consumer.DisposeAsync();
    }

    private static void AssertFlushed(IReadOnlyList<SystemCall> calls, params string[] paths)
    {
        foreach (var path in paths)
        {
            var message = Assert.Single(calls, call => call.Name is "read" or "recvfrom" or "recvmsg" && call.Text.Contains("\"POST /dsp/", StringComparison.Ordinal) && call.Text.Contains(path, StringComparison.Ordinal));
            var answer = calls.FirstOrDefault(call => call.Began > message.Ended && call.On == message.On && call.Text.Contains("\"HTTP/1.1 20", StringComparison.Ordinal));
            Assert.True(answer is not null, $"no answer to {message.Text}");
            Assert.True(
                calls.Any(call => call.IsFlush && call.On.Contains("tds.sqlite", StringComparison.Ordinal) && call.Began > message.Ended && call.Ended < answer.Began),
                $"no flush between line {message.Ended} and line {answer.Began}: {message.Text}");
        }
    }
}
