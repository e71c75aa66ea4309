using System.Collections.Frozen;
using static TrustedDataSpace.Protocol.Dsp.DspRole;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The states of a transfer process and who may change them (DSP §9.1.3).</summary>
public static class TransferStates
{
    /// <summary>The consumer asked for data.</summary>
    public const string Requested = "REQUESTED";

    /// <summary>Data may flow.</summary>
    public const string Started = "STARTED";

    /// <summary>Data may not flow for now.</summary>
    public const string Suspended = "SUSPENDED";

    /// <summary>Done; final.</summary>
    public const string Completed = "COMPLETED";

    /// <summary>Ended; final.</summary>
    public const string Terminated = "TERMINATED";

    /// <summary>Every state.</summary>
    public static IReadOnlyList<string> All { get; } = [Requested, Started, Suspended, Completed, Terminated];

    /// <summary>Every allowed step. Only the provider starts for the first time; after a suspension either party may.</summary>
    public static IReadOnlyList<Transition> Table { get; } =
    [
        new(null, Requested, Consumer),
        new(Requested, Started, Provider),
        new(Requested, Terminated, Consumer),
        new(Requested, Terminated, Provider),
        new(Started, Completed, Consumer),
        new(Started, Completed, Provider),
        new(Started, Suspended, Consumer),
        new(Started, Suspended, Provider),
        new(Started, Terminated, Consumer),
        new(Started, Terminated, Provider),
        new(Suspended, Started, Consumer),
        new(Suspended, Started, Provider),
        new(Suspended, Terminated, Consumer),
        new(Suspended, Terminated, Provider),
    ];

    private static readonly FrozenSet<Transition> Allowed = Table.ToFrozenSet();

    /// <summary>Whether a party may take this step.</summary>
    public static bool May(DspRole role, string? from, string to) => Allowed.Contains(new Transition(from, to, role));

    /// <summary>Whether nothing follows.</summary>
    public static bool IsFinal(string state) => state is Completed or Terminated;
}
