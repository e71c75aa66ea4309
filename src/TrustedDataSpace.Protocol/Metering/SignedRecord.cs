namespace TrustedDataSpace.Protocol.Metering;

/// <summary>
/// Our extension between two connectors: each sends the other its signed record of an interval and is answered with the other's, if that one
/// has its own already. Two records with the same content are the receipt that both have signed. Idempotent. Bearer: an access token of the
/// space.
/// </summary>
public sealed record SignedRecord
{
    /// <summary>POST; answers <see cref="SignedRecord"/>.</summary>
    public const string Route = "/usage-receipts";

    /// <summary>The sender's record as JWS (<see cref="UsageRecord.Sign"/>); null in an answer: the receiver has none yet, and will send it.</summary>
    public string? Record { get; init; }
}
