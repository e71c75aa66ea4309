using TrustedDataSpace.Policy.Agreements;

namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>
/// One counter that a contract limits. What is taken is covered by a lease: a number, stored durably before, up to which may be taken
/// without another durable step. At and above the highest limit of the contract no lease is needed, because no rule can tell the values
/// apart. Used under the lock of its <see cref="AgreementCount"/>.
/// </summary>
internal sealed class QuotaCounter
{
    /// <summary>Most units of a lease, DESIGN §3 rule 5: no crash loses more.</summary>
    private const int MostUnits = 64;

    /// <summary>Part of what remains that a lease may take.</summary>
    private const int PartOfRest = 100;

    /// <summary>A unit of bytes is a block: single bytes would need a lease for every packet.</summary>
    private const int BytesPerUnit = 64 * 1024;

    /// <summary>Periods that are over before anybody could wait for a durable step are counted in memory alone.</summary>
    private static readonly TimeSpan ShortPeriod = TimeSpan.FromSeconds(10);

    private readonly QuotaTerm term;
    private readonly int unit;
    private long asked;
    private long taken;

    /// <param name="term">The counter, with the highest of its limits.</param>
    /// <param name="now">Now.</param>
    /// <param name="used">How much of the present period is taken, by what is stored; null: it was never used.</param>
    /// <param name="limit">Of a prepaid balance: what was paid in. Null: the limit of the contract.</param>
    public QuotaCounter(QuotaTerm term, DateTimeOffset now, long? used, long? limit = null)
    {
        this.term = term;
        Limit = limit ?? term.Limit;
        unit = term.Unit == QuotaUnit.Bytes ? BytesPerUnit : 1;
        taken = (long)MostUnits * unit;
        (Period, Start, End) = term.PeriodAt(now);
        IsDurable = term.Unit != QuotaUnit.Concurrency && End - Start > ShortPeriod;

        // Of a short period that was under way when this process started nobody knows how much was taken: it is over in a moment.
        Used = IsDurable || term.Unit == QuotaUnit.Concurrency ? used ?? 0 : used is null ? 0 : term.Limit;
        Leased = Used;
    }

    /// <summary>Name of the counter in decisions.</summary>
    public string Name => term.Counter;

    /// <summary>What is counted.</summary>
    public QuotaUnit Unit => term.Unit;

    /// <summary>The highest limit of the contract; of a prepaid balance what was paid in, which grows.</summary>
    public long Limit { get; set; }

    /// <summary>Whether it is a prepaid balance: nothing is taken beyond its limit, not even to be given back.</summary>
    public bool IsBalance => Unit == QuotaUnit.Money;

    /// <summary>Whether it must be remembered across a restart.</summary>
    public bool IsDurable { get; }

    /// <summary>Number of the present period.</summary>
    public long Period { get; private set; }

    /// <summary>When the present period began.</summary>
    public DateTimeOffset Start { get; private set; }

    /// <summary>When the present period ends.</summary>
    public DateTimeOffset End { get; private set; }

    /// <summary>What is taken in the present period.</summary>
    public long Used { get; set; }

    /// <summary>Up to where may be taken without a durable step.</summary>
    public long Leased { get; set; }

    /// <summary>What the table says, or will once the present units of work are durable.</summary>
    public long Stored { get; set; }

    /// <summary>Whether a lease of it is stored beside the table.</summary>
    public bool IsBeside { get; set; }

    /// <summary>Whether something was taken since this was last set to false.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Whether a request adds one to it.</summary>
    public bool CountsRequests => term.CountsRequests;

    /// <summary>Goes over to the present period. A clock that is set back stays in the later one.</summary>
    public void Roll(DateTimeOffset now)
    {
        if (now >= End)
        {
            (Period, Start, End) = term.PeriodAt(now);
            (Used, Leased, Stored) = (0, 0, 0);
        }
    }

    /// <summary>Whether that moment lies in the present period.</summary>
    public bool IsOf(DateTimeOffset moment) => moment >= Start && moment < End;

    /// <summary>Whether so much more is covered.</summary>
    public bool Covers(long amount) => !IsDurable || Used >= Limit || Used + amount <= Leased;

    /// <summary>Whether more is taken than is stored, or will be with the present units of work.</summary>
    public bool IsUncovered => IsDurable && Math.Min(Used, Limit) > Math.Max(Leased, Stored);

    /// <summary>Up to where the next lease should go: a hundredth of what remains, at most 64 units, and never less than what is asked for.</summary>
    public long NextLease(long amount) => Used + Math.Max(amount, Math.Min((Limit - Used) / PartOfRest, IsBalance ? long.MaxValue : (long)MostUnits * unit));

    /// <summary>
    /// Whether a lease should be asked for before it is needed, so that storing the next one goes on beside its use: when twice as much is left
    /// as is taken meanwhile. Never before half of it is taken, and not later than at an eighth: each one costs a durable step.
    /// </summary>
    public bool RunsLow => IsDurable && Used < Limit && Leased - Used < Margin(NextLease(1) - Used);

    /// <summary>A lease is asked for.</summary>
    public void Ask() => asked = Used;

    /// <summary>It is there. What is taken meanwhile is remembered at once when it grows, and forgotten slowly: a disk that was slow once is so again, and then all who use the contract wait.</summary>
    public void Got() => taken = Math.Max(Used - asked, taken * 7 / 8);

    // What a request takes from a balance is no unit: that is asked for at a half.
    private long Margin(long whole) => IsBalance ? Math.Max(1, whole / 2) : Math.Clamp(2 * taken, Math.Max(1, whole / 8), Math.Max(1, whole / 2));
}
