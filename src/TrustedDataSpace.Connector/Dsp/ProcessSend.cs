using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using static TrustedDataSpace.Protocol.Dsp.TransferStates;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>Sends the messages of processes: what negotiations and transfers have in common.</summary>
internal abstract class ProcessSend<TProcess>(DspClient client) : IOutboxHandler
    where TProcess : DspProcess
{
    private const int LongestId = 512;

    public abstract string Topic { get; }

    public virtual async Task<Action<UnitOfWork>?> DeliverAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var promised = ProcessMessage.Of(message);
        var process = Find(promised.Process)!;

        // Without an answer to the first message the counterparty does not know this process: there is nobody to tell. And whoever
        // has named its own process id has had the first message, even if its answer was lost.
        if (await WriteAsync(process, promised, cancellation) is not { } post || post.Opens == process.CounterpartyPid is not null)
        {
            return null;
        }

        JsonAnswer answer;
        try
        {
            answer = await client.PostAsync(process.Counterparty, process.CounterpartyPath + post.Route, post.Body, message.Id, post.Opens, cancellation);
        }
        catch (RefusalException refusal) when (!post.Opens && refusal.Code is RefusalCode.Malformed or RefusalCode.Conflict)
        {
            if (await ThereAsync(process, cancellation) is { } there && ComesAfter(promised.Kind, there))
            {
                return Overtaken(process, promised.Kind, there);
            }

            throw;
        }

        return post.Opens && PidIn(answer, process.CounterpartyRole) is { } pid ? unit => Bind(unit, process.Id, pid) : null;
    }

    public virtual void GiveUp(UnitOfWork unit, OutboxMessage message, RefusalException reason)
    {
        // A termination that is not heard changes nothing here (DSP §7.2.6, §9.2.5); both protocols call the state the same.
        var promised = ProcessMessage.Of(message);
        if (promised.Kind != Terminated)
        {
            Abandon(unit, promised.Process, reason);
        }
    }

    /// <summary>The state in which the counterparty shows the process.</summary>
    protected abstract Task<string> StateThereAsync(TProcess process, CancellationToken cancellation);

    /// <summary>Whether that state comes only by, or after, the message that leads to <paramref name="kind"/>.</summary>
    protected abstract bool ComesAfter(string kind, string there);

    /// <summary>What follows here from the state there, which comes after that message; null: nothing.</summary>
    protected virtual Action<UnitOfWork>? Overtaken(TProcess process, string kind, string there) => null;

    /// <summary>The promised message. Written when it is sent, so that a token in it is fresh; null when the counterparty has answered it already.</summary>
    protected abstract ValueTask<ProcessPost?> WriteAsync(TProcess process, ProcessMessage message, CancellationToken cancellation);

    protected abstract TProcess? Find(string id);

    protected abstract TProcess? Find(UnitOfWork unit, string id);

    protected abstract void Update(UnitOfWork unit, TProcess process);

    /// <summary>The process ends here: the counterparty cannot be reached or goes another way.</summary>
    protected abstract void Abandon(UnitOfWork unit, string id, RefusalException reason);

    // Its first answer may have been lost, and a connector that judges by its state alone refuses the same message when it comes again
    // (DSP §7.1.2, §9.1.3 have every wrong transition refused): where it stands tells whether it was taken.
    private async Task<string?> ThereAsync(TProcess process, CancellationToken cancellation)
    {
        try
        {
            return await StateThereAsync(process, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code != RefusalCode.Unavailable)
        {
            // It does not tell: its refusal stands.
            return null;
        }
    }

    // The counterparty's next message may have been faster than its answer.
    private void Bind(UnitOfWork unit, string id, string pid)
    {
        if (Find(unit, id) is { CounterpartyPid: null } current)
        {
            Update(unit, current with { CounterpartyPid = pid });
        }
    }

    // Some connectors answer with an empty body: their first message brings the id. Anything else that holds no id may come from a
    // machine between the two, and the message is sent again.
    private static string? PidIn(JsonAnswer answer, DspRole counterparty)
    {
        if (answer.Body.Length == 0)
        {
            return null;
        }

        try
        {
            var pids = DspPids.Of(ProtocolJson.Parse(answer.Body));
            return (counterparty == DspRole.Provider ? pids.Provider : pids.Consumer) is { Length: > 0 and <= LongestId } pid ? pid : throw NoPid(null);
        }
        catch (RefusalException garbage) when (garbage.Code != RefusalCode.Unavailable)
        {
            throw NoPid(garbage);
        }
    }

    private static RefusalException NoPid(Exception? cause) =>
        new(RefusalCode.Unavailable, "The counterparty's answer does not name its process id.", cause);
}

/// <summary>A message of a process, ready to be sent.</summary>
/// <param name="Route">Path below the address where the counterparty wants its messages.</param>
/// <param name="Body">The message.</param>
/// <param name="Opens">Whether it begins the process: its answer names the counterparty's process id.</param>
internal sealed record ProcessPost(string Route, IDspMessage Body, bool Opens = false);
