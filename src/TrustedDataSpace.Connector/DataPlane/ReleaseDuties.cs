namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What can be carried out for a request before its release.</summary>
[Flags]
internal enum ReleaseDuties
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The space's log has acknowledged the evidence of it.</summary>
    Log = 1,

    /// <summary>Its notice is among the provider's events.</summary>
    Inform = 2,
}
