namespace TrustedDataSpace.Protocol.Dsp;

/// <summary>One arrow of a state machine.</summary>
/// <param name="From">The state before; null where the process begins.</param>
/// <param name="To">The state after.</param>
/// <param name="By">Whose message makes it so.</param>
public sealed record Transition(string? From, string To, DspRole By);
