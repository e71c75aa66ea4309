namespace TrustedDataSpace.Protocol.Authority;

/// <summary>The states of a participant.</summary>
public static class ParticipantStates
{
    /// <summary>Asked to join.</summary>
    public const string Applied = "applied";

    /// <summary>A member.</summary>
    public const string Active = "active";

    /// <summary>A member without rights for now.</summary>
    public const string Suspended = "suspended";

    /// <summary>No member any more.</summary>
    public const string Left = "left";

    /// <summary>Every state.</summary>
    public static IReadOnlyList<string> All { get; } = [Applied, Active, Suspended, Left];
}
