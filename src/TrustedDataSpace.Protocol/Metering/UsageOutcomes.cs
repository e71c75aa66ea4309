namespace TrustedDataSpace.Protocol.Metering;

/// <summary>How a metered request ended.</summary>
public static class UsageOutcomes
{
    /// <summary>Delivered in full.</summary>
    public const string Ok = "ok";

    /// <summary>Answered, but there was nothing to deliver.</summary>
    public const string Miss = "miss";

    /// <summary>The source failed.</summary>
    public const string Error = "error";

    /// <summary>Refused by policy before anything flowed: evidence, never billed.</summary>
    public const string Denied = "denied";

    /// <summary>Cut while it flowed: what was delivered until then counts.</summary>
    public const string Cut = "cut";

    /// <summary>The same use again under the idempotency key of the first: evidence, never billed.</summary>
    public const string Retry = "retry";
}
