using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Authority;

/// <summary>What a party of an agreement sends to the authority about one interval of one flow. Idempotent.</summary>
public sealed record ReceiptSubmission
{
    /// <summary>The provider's record as JWS.</summary>
    public required string Provider { get; init; }

    /// <summary>The consumer's record as JWS; null: it has not signed in time.</summary>
    public string? Consumer { get; init; }
}

/// <summary>How an interval stands at the authority.</summary>
public sealed record Receipt
{
    /// <summary>The agreement.</summary>
    public required string Agreement { get; init; }

    /// <summary>The flow.</summary>
    public required string Flow { get; init; }

    /// <summary>The number of the interval.</summary>
    public required long Interval { get; init; }

    /// <summary>One of <see cref="ReceiptStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>The dispute; null where there was none.</summary>
    public string? Dispute { get; init; }

    /// <summary>What settles; null while it is disputed, and where nothing is to be paid.</summary>
    public IReadOnlyList<UsageCounts>? Counts { get; init; }

    /// <summary>Why the counts are not what both have signed; null where they are.</summary>
    public string? Note { get; init; }
}

/// <summary>A dispute: two records of one interval of one flow that are not equal, or one that only the provider has signed.</summary>
public sealed record Dispute
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The agreement.</summary>
    public required string Agreement { get; init; }

    /// <summary>The flow.</summary>
    public required string Flow { get; init; }

    /// <summary>The beginning of the interval.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>One of <see cref="DisputeReasons"/>.</summary>
    public required string Reason { get; init; }

    /// <summary><c>open</c> or <c>resolved</c>.</summary>
    public required string State { get; init; }

    /// <summary>When it was opened.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>What the provider has signed.</summary>
    public required DisputedSide Provider { get; init; }

    /// <summary>What the consumer has signed; null: nothing.</summary>
    public DisputedSide? Consumer { get; init; }

    /// <summary>The counts that differ. Which requests they come from: <see cref="AuthorityRoutes.DisputeDifferences"/>.</summary>
    public required IReadOnlyList<CountDifference> Differences { get; init; }

    /// <summary>How it was resolved; null while it is open.</summary>
    public DisputeOutcome? Outcome { get; init; }
}

/// <summary>One side of a dispute.</summary>
/// <param name="Id">The DID of who signed.</param>
/// <param name="Record">What it has signed.</param>
/// <param name="Recount">What its leaves add up to, one of <see cref="Recounts"/>; null: they have not come.</param>
public sealed record DisputedSide(string Id, UsageRecord Record, string? Recount = null);

/// <summary>How a dispute ended.</summary>
/// <param name="Take">Whose counts settle: one of <see cref="DisputeTakes"/>.</param>
/// <param name="By"><c>countersigned</c>, <c>recount</c>, or who decided.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
public sealed record DisputeOutcome(string Take, string By, string Reason, DateTimeOffset At);

/// <summary>How a person resolves a dispute.</summary>
/// <param name="Take">One of <see cref="DisputeTakes"/>.</param>
/// <param name="Reason">Why; both parties read it. 1 to 400 characters.</param>
public sealed record DisputeResolution(string Take, string Reason);

/// <summary>Leaves of a party's disputed record, in order of their sequence.</summary>
public sealed record LeavesPage
{
    /// <summary>Most leaves in a page.</summary>
    public const int MaxLeaves = 1_000;

    /// <summary>Most pages of one record: what has more leaves is for a person to resolve.</summary>
    public const int MaxPages = 200;

    /// <summary>Most bytes of its leaves in JSON: a page is one request.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>Number of the page, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>Whether it is the last.</summary>
    public required bool Last { get; init; }

    /// <summary>The leaves.</summary>
    public required IReadOnlyList<UsageLeaf> Leaves { get; init; }

    /// <summary>Cuts leaves into pages. None make one empty page.</summary>
    /// <param name="leaves">In order of their sequence.</param>
    public static IReadOnlyList<LeavesPage> Of(IEnumerable<UsageLeaf> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        var pages = new List<List<UsageLeaf>> { new() };
        var bytes = 0;
        foreach (var leaf in leaves)
        {
            var length = ProtocolJson.Write(leaf).Length + 1;
            if (pages[^1].Count == MaxLeaves || (pages[^1].Count > 0 && bytes + length > MaxBytes))
            {
                pages.Add([]);
                bytes = 0;
            }

            pages[^1].Add(leaf);
            bytes += length;
        }

        return [.. pages.Select((page, number) => new LeavesPage { Number = number, Last = number == pages.Count - 1, Leaves = page })];
    }
}

/// <summary>One request that the two sides have counted differently.</summary>
/// <param name="Sequence">The number of the request in the interval.</param>
/// <param name="Provider">The provider's leaf; null: it has none of that number.</param>
/// <param name="Consumer">The consumer's leaf; null: it has none of that number.</param>
public sealed record LeafDifference(long Sequence, UsageLeaf? Provider = null, UsageLeaf? Consumer = null);

/// <summary>Why there is a dispute.</summary>
public static class DisputeReasons
{
    /// <summary>The two records differ.</summary>
    public const string Differs = "differs";

    /// <summary>The consumer has not signed in time.</summary>
    public const string NotSigned = "unsigned";

    /// <summary>Both have signed what cannot be rated with the agreed plan: a count that its price needs is not known, or the plan is not effective then.</summary>
    public const string NotRated = "unrated";

    /// <summary>It is claimed for a time at which there can have been none: outside the term of the agreement, or before its flow was started or after it had ended.</summary>
    public const string OutOfTime = "outOfTime";
}

/// <summary>Whose counts settle.</summary>
public static class DisputeTakes
{
    /// <summary>The provider's.</summary>
    public const string Provider = "provider";

    /// <summary>The consumer's.</summary>
    public const string Consumer = "consumer";

    /// <summary>The lower of each two counts.</summary>
    public const string Lower = "lower";

    /// <summary>None: nothing is paid for the interval.</summary>
    public const string Nothing = "nothing";
}

/// <summary>What leaves add up to.</summary>
public static class Recounts
{
    /// <summary>To what was signed.</summary>
    public const string Agrees = "agrees";

    /// <summary>To something else: the record was not made from them.</summary>
    public const string Deviates = "deviates";
}
