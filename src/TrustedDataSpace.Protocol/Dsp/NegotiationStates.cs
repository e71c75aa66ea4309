using System.Collections.Frozen;
using static TrustedDataSpace.Protocol.Dsp.DspRole;

namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>The states of a contract negotiation and who may change them (DSP §7.1.2).</summary>
public static class NegotiationStates
{
    /// <summary>The consumer asked for a contract.</summary>
    public const string Requested = "REQUESTED";

    /// <summary>The provider made an offer.</summary>
    public const string Offered = "OFFERED";

    /// <summary>The consumer accepted the offer.</summary>
    public const string Accepted = "ACCEPTED";

    /// <summary>The provider agreed.</summary>
    public const string Agreed = "AGREED";

    /// <summary>The consumer verified the agreement.</summary>
    public const string Verified = "VERIFIED";

    /// <summary>The contract is made; final.</summary>
    public const string Finalized = "FINALIZED";

    /// <summary>Broken off; final.</summary>
    public const string Terminated = "TERMINATED";

    /// <summary>Every state.</summary>
    public static IReadOnlyList<string> All { get; } = [Requested, Offered, Accepted, Agreed, Verified, Finalized, Terminated];

    /// <summary>
    /// Every allowed step. The prose of DSP §7.2.6 would allow termination "at any state"; the figure restricts who may send
    /// it, and the conformance kit stays inside the figure, as we do.
    /// </summary>
    public static IReadOnlyList<Transition> Table { get; } =
    [
        new(null, Requested, Consumer),
        new(null, Offered, Provider),
        new(Requested, Offered, Provider),
        new(Requested, Agreed, Provider),
        new(Requested, Terminated, Consumer),
        new(Requested, Terminated, Provider),
        new(Offered, Requested, Consumer),
        new(Offered, Accepted, Consumer),
        new(Offered, Terminated, Consumer),
        new(Offered, Terminated, Provider),
        new(Accepted, Agreed, Provider),
        new(Accepted, Terminated, Provider),
        new(Agreed, Verified, Consumer),
        new(Agreed, Terminated, Consumer),
        new(Verified, Finalized, Provider),
        new(Verified, Terminated, Provider),
    ];

    private static readonly FrozenSet<Transition> Allowed = Table.ToFrozenSet();

    /// <summary>Whether a party may take this step.</summary>
    public static bool May(DspRole role, string? from, string to) => Allowed.Contains(new Transition(from, to, role));

    /// <summary>Whether nothing follows.</summary>
    public static bool IsFinal(string state) => state is Finalized or Terminated;
}
