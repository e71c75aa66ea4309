using System.Text.Json;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>What a negotiation and a transfer have in common.</summary>
internal abstract record DspProcess
{
    /// <summary>This connector's process id.</summary>
    public string Id { get; init; } = "";

    /// <summary>This connector's role.</summary>
    public DspRole Role { get; init; }

    /// <summary>State, as the protocol names it.</summary>
    public string State { get; init; } = "";

    /// <summary>The other party's DID.</summary>
    public string Counterparty { get; init; } = "";

    /// <summary>The other party's process id; null until it has answered.</summary>
    public string? CounterpartyPid { get; init; }

    /// <summary>Where the other party wants its messages, below its registered endpoint.</summary>
    public string CounterpartyPath { get; init; } = "";

    /// <summary>The code of a termination or suspension, for programs; null without one.</summary>
    public string? Code { get; init; }

    /// <summary>Why it was terminated or suspended: a JSON array of texts.</summary>
    public string Reasons { get; init; } = "[]";

    /// <summary>How often it was changed.</summary>
    public long Revision { get; init; }

    public string ProviderPid => Role == DspRole.Provider ? Id : CounterpartyPid ?? "";

    public string ConsumerPid => Role == DspRole.Consumer ? Id : CounterpartyPid ?? "";

    /// <summary>The role whose messages come in.</summary>
    public DspRole CounterpartyRole => Role == DspRole.Consumer ? DspRole.Provider : DspRole.Consumer;

    public IReadOnlyList<string> ReasonTexts => ProtocolJson.Read<IReadOnlyList<string>>(System.Text.Encoding.UTF8.GetBytes(Reasons));

    /// <summary>Role as the management interface spells it.</summary>
    public string RoleName => NameOf(Role);

    public static string NameOf(DspRole role) => role == DspRole.Consumer ? "CONSUMER" : "PROVIDER";

    public static string ToReasons(IEnumerable<string> texts) => JsonSerializer.Serialize(texts, ProtocolJson.Options);

    /// <summary>The process, if the message belongs to it; with the counterparty's process id, which its first message may bring.</summary>
    /// <exception cref="RefusalException">NotFound to anyone but the counterparty (DSP §7.3, §9.3); Malformed when the ids do not fit.</exception>
    public static TProcess KnownTo<TProcess, TMessage>(TProcess? process, DspMessage<TMessage> message)
        where TProcess : DspProcess
    {
        var known = KnownTo(process, message.Sender);
        var (own, other) = known.Role == DspRole.Consumer
            ? (message.Pids.Consumer, message.Pids.Provider)
            : (message.Pids.Provider, message.Pids.Consumer);
        if (own is not null && own != known.Id)
        {
            throw new RefusalException(RefusalCode.Malformed, "The message names another process than the address it was sent to.");
        }

        return other is null || other == known.CounterpartyPid
            ? known
            : known.CounterpartyPid is null
                ? known with { CounterpartyPid = other }
                : throw new RefusalException(RefusalCode.Malformed, "The message names another process of the sender than the one known here.");
    }

    /// <summary>The process, if the caller is its counterparty.</summary>
    /// <exception cref="RefusalException">NotFound: a stranger does not learn that it exists.</exception>
    public static TProcess KnownTo<TProcess>(TProcess? process, string caller)
        where TProcess : DspProcess =>
        process is not null && process.Counterparty == caller
            ? process
            : throw new RefusalException(RefusalCode.NotFound, "There is no such process.");
}
