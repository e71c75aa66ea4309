using TrustedDataSpace.Policy.Agreements;

namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>What flows, by what quotas count of it.</summary>
/// <param name="Bytes">Bytes of body.</param>
/// <param name="Rows">Rows, as the contract's meter counts them.</param>
/// <param name="Seconds">Seconds begun.</param>
/// <param name="Tokens">AI tokens: input, output and retrieved data.</param>
internal readonly record struct Volumes(long Bytes = 0, long Rows = 0, long Seconds = 0, long Tokens = 0)
{
    /// <summary>How much of it a quota of that unit counts.</summary>
    public long Of(QuotaUnit unit) => unit switch
    {
        QuotaUnit.Bytes => Bytes,
        QuotaUnit.Rows => Rows,
        QuotaUnit.Seconds => Seconds,
        QuotaUnit.Tokens => Tokens,
        _ => 0,
    };
}
