namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>A quantity, and how many records stand behind it.</summary>
internal sealed class UsageTotal
{
    private long quantity;
    private long last;

    /// <exception cref="OverflowException">It is above <see cref="Rating.MaxQuantity"/>.</exception>
    public long Quantity => quantity <= Rating.MaxQuantity ? quantity : throw new OverflowException();

    public long Records { get; private set; }

    /// <param name="units">Units to add.</param>
    /// <param name="record">The number of the record, from 1: one with several counts stands behind the line once.</param>
    public void Add(long units, long record)
    {
        quantity = checked(quantity + units);
        if (record != last)
        {
            last = record;
            Records++;
        }
    }
}
