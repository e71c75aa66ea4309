using TrustedDataSpace.Protocol.Dsp;
using static TrustedDataSpace.Conformance.Dsp.Kit.KitMessage;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>The connector under test is the provider (TP) or the consumer (TP_C) of a transfer.</summary>
internal static class TransferCases
{
    public static IReadOnlyList<KitCase> All { get; } = [.. AsProvider(), .. AsConsumer()];

    private static IEnumerable<KitCase> AsProvider()
    {
        yield return Provider("01-01", kit => ReceiveAsync(kit, TransferTermination), Start);
        yield return Provider("01-02", kit => ReceiveAsync(kit, Completion), Start);
        yield return Provider("01-03", kit => ReceiveAsync(kit, Suspension, TransferTermination), Start);
        yield return Provider("01-04", kit => ReceiveAsync(kit, Suspension, Start, Completion), Start);
        yield return Provider("01-05", kit => ReceiveAsync(kit, TransferTermination));
        yield return Provider("02-01", kit => SendAsync(kit, TransferTermination), Start);
        yield return Provider("02-02", kit => SendAsync(kit, Completion), Start);
        yield return Provider("02-03", kit => SendAsync(kit, Suspension, TransferTermination), Start);
        yield return Provider("02-04", kit => SendAsync(kit, Suspension, Start, Completion), Start);
        yield return Provider("02-05", async kit =>
        {
            await kit.VerifyAsync(Requested);
            await SendAsync(kit, TransferTermination);
        });
        yield return Provider("03-01", kit => RefusedAsync(kit, Requested, Completion));
        yield return Provider("03-02", kit => RefusedAsync(kit, Requested, Suspension));
        yield return Provider("03-03", kit => RefusedAsync(kit, Suspended, Completion, after: Suspension), Start);
        yield return Provider("03-04", kit => RefusedAsync(kit, Terminated, Start, after: TransferTermination), Start);
        yield return Provider("03-05", kit => RefusedAsync(kit, Terminated, Suspension, after: TransferTermination), Start);
        yield return Provider("03-06", kit => RefusedAsync(kit, Terminated, Completion, after: TransferTermination), Start);
    }

    private static IEnumerable<KitCase> AsConsumer()
    {
        yield return Consumer("01-01", kit => SendAsync(kit, Start, TransferTermination));
        yield return Consumer("01-02", kit => SendAsync(kit, Start, Completion));
        yield return Consumer("01-03", kit => SendAsync(kit, Start, Suspension, TransferTermination));
        yield return Consumer("01-04", kit => SendAsync(kit, Start, Suspension, Start, Completion));
        yield return Consumer("01-05", kit => SendAsync(kit, TransferTermination));
        yield return Consumer("02-01", kit => AnswerAsync(kit, TransferTermination));
        yield return Consumer("02-02", kit => AnswerAsync(kit, Completion));
        yield return Consumer("02-03", kit => AnswerAsync(kit, Suspension, TransferTermination));
        yield return Consumer("02-04", kit => AnswerAsync(kit, Suspension, Start, Completion));
        yield return Consumer("02-05", kit => ReceiveAsync(kit, TransferTermination));
        yield return Consumer("03-01", kit => RefusedAsync(kit, Requested, Completion));
        yield return Consumer("03-02", kit => RefusedAsync(kit, Requested, Suspension));
        yield return Consumer("03-03", async kit =>
        {
            await kit.SendAsync(Start);
            await RefusedAsync(kit, Suspended, Completion, after: Suspension);
        });
        foreach (var (id, refused) in new[] { ("03-04", Start), ("03-05", Suspension), ("03-06", Completion) })
        {
            yield return Consumer(id, async kit =>
            {
                await kit.SendAsync(Start);
                await RefusedAsync(kit, Terminated, refused, after: TransferTermination);
            });
        }
    }

    /// <param name="id">Number of the test.</param>
    /// <param name="run">What follows.</param>
    /// <param name="answer">What the connector sends upon the request.</param>
    private static KitCase Provider(string id, Func<KitTransfer, Task> run, KitMessage? answer = null) => KitCase.Transfer("TP:" + id, DspRole.Consumer, async kit =>
    {
        if (answer is not null)
        {
            kit.Expect(answer);
        }

        await kit.BeginAsync();
        if (answer is not null)
        {
            await kit.ReachAsync(answer.State);
        }

        await run(kit);
    });

    private static KitCase Consumer(string id, Func<KitTransfer, Task> run) => KitCase.Transfer("TP_C:" + id, DspRole.Provider, async kit =>
    {
        await kit.BeginAsync();
        await run(kit);
    });

    private static async Task ReceiveAsync(KitTransfer kit, params KitMessage[] messages)
    {
        foreach (var message in messages)
        {
            kit.Expect(message);
            await kit.ReachAsync(message.State);
        }

        await kit.VerifyAsync(messages[^1].State);
    }

    private static async Task SendAsync(KitTransfer kit, params KitMessage[] messages)
    {
        foreach (var message in messages)
        {
            await kit.SendAsync(message);
            await kit.VerifyAsync(message.State);
        }
    }

    /// <summary>The kit starts; the rest comes from the connector.</summary>
    private static async Task AnswerAsync(KitTransfer kit, params KitMessage[] messages)
    {
        kit.Expect(messages[0]);
        await kit.SendAsync(Start);
        await kit.ReachAsync(messages[0].State);
        if (messages.Length > 1)
        {
            await ReceiveAsync(kit, messages[1..]);
        }
        else
        {
            await kit.VerifyAsync(messages[0].State);
        }
    }

    private static async Task RefusedAsync(KitTransfer kit, string state, KitMessage message, KitMessage? after = null)
    {
        if (after is not null)
        {
            await kit.SendAsync(after);
        }

        await kit.SendRefusedAsync(message);
        await kit.VerifyAsync(state);
    }
}
