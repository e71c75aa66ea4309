namespace TrustedDataSpace.Policy.Agreements;

/// <summary>What a quota counts. The name of its counter begins with the word in brackets.</summary>
public enum QuotaUnit
{
    /// <summary>Uses as the contract's meter counts them, which is requests unless it says otherwise (<c>count</c>).</summary>
    Count,

    /// <summary>Bytes delivered (<c>bytes</c>).</summary>
    Bytes,

    /// <summary>Records delivered (<c>rows</c>).</summary>
    Rows,

    /// <summary>Seconds during which data flowed (<c>seconds</c>).</summary>
    Seconds,

    /// <summary>AI tokens (<c>tokens</c>).</summary>
    Tokens,

    /// <summary>Requests that run at once; never per period (<c>concurrency</c>).</summary>
    Concurrency,

    /// <summary>A rate: requests per period, always per period (<c>frequency</c>).</summary>
    Frequency,

    /// <summary>Not a quota that a contract writes: its price plan is prepaid, and the counter <c>prepaid</c> is 1 where the balance does not cover a use.</summary>
    Money,
}
