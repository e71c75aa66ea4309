using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Dsp;

public sealed class DspInboxTests : IAsyncDisposable
{
    private readonly ManualClock clock = new();
    private readonly ConnectorUnderTest connector;

    public DspInboxTests() => connector = new ConnectorUnderTest(clock: clock);

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task A_message_has_effect_once_for_each_sender_and_kind()
    {
        Assert.True(await HasEffectAsync(Completion("m1", "did:web:a.example")));
        Assert.False(await HasEffectAsync(Completion("m1", "did:web:a.example")));
        Assert.True(await HasEffectAsync(Completion("m1", "did:web:b.example")));
        Assert.True(await HasEffectAsync(Completion("m2", "did:web:a.example")));

        // Whoever uses one id for all messages of a process must not lose any of them.
        var start = new TransferStartMessage { ProviderPid = "p", ConsumerPid = "c" };
        Assert.True(await HasEffectAsync(new DspMessage<TransferStartMessage>("did:web:a.example", start, new DspPids("p", "c"), "m1")));
    }

    [Fact]
    public async Task A_message_without_an_id_has_effect_unless_the_process_is_there_already()
    {
        Assert.True(await HasEffectAsync(Completion(null, "did:web:a.example")));
        Assert.True(await HasEffectAsync(Completion(null, "did:web:a.example")));
        Assert.False(await HasEffectAsync(Completion(null, "did:web:a.example"), isThere: true));
    }

    [Fact]
    public async Task A_refused_message_may_come_again()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => connector.Database.WriteAsync(unit =>
        {
            DspInbox.HasEffect(unit, Completion("m1", "did:web:a.example"), isThere: false);
            throw new InvalidOperationException("refused");
        }));
        Assert.True(await HasEffectAsync(Completion("m1", "did:web:a.example")));
    }

    [Fact]
    public async Task Notes_are_forgotten_after_a_week()
    {
        await HasEffectAsync(Completion("m1", "did:web:a.example"));
        clock.Advance(TimeSpan.FromDays(7));
        Assert.False(await HasEffectAsync(Completion("m1", "did:web:a.example")));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await HasEffectAsync(Completion("m1", "did:web:a.example")));
    }

    private static DspMessage<TransferCompletionMessage> Completion(string? id, string sender) =>
        new(sender, new TransferCompletionMessage { ProviderPid = "p", ConsumerPid = "c" }, new DspPids("p", "c"), id);

    private Task<bool> HasEffectAsync<T>(DspMessage<T> message, bool isThere = false) =>
        connector.Database.WriteAsync(unit => DspInbox.HasEffect(unit, message, isThere));
}
