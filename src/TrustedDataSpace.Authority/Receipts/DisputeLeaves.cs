using System.Text;
using System.Text.Json;
using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Receipts;

/// <summary>The leaves that the parties of a dispute have shown.</summary>
internal sealed class DisputeLeaves(Database database, AuthoritySettings settings)
{
    private const long MostCounted = (1L << 53) - 1;

    /// <summary>Keeps a page; the same again changes nothing.</summary>
    /// <exception cref="RefusalException">Malformed: no leaves of the interval in order; Conflict: another page of that number is there, or the one before is not.</exception>
    public static void Add(UnitOfWork unit, DisputeRow dispute, string side, LeavesPage page)
    {
        Check(dispute, page);
        var rows = unit.Query<PageRow>(
            "SELECT page_no AS Number, last_seq AS Last, data AS Data FROM dispute_leaves WHERE space_id = @Space AND dispute_id = @Id AND side = @side AND page_no BETWEEN @Before AND @Number",
            new { unit.Space, dispute.Id, side, Before = page.Number - 1, page.Number });
        var data = JsonSerializer.Serialize(page.Leaves, ProtocolJson.Options);
        if (rows.Find(row => row.Number == page.Number) is { } there)
        {
            if (there.Data != data)
            {
                throw new RefusalException(RefusalCode.Conflict, $"Another page {page.Number} was shown before.") { Term = "number" };
            }

            return;
        }

        var before = rows.Find(row => row.Number == page.Number - 1);
        if (page.Number > 0 && before is null)
        {
            throw new RefusalException(RefusalCode.Conflict, $"Page {page.Number - 1} is missing.") { Term = "number", Remedy = "Send the pages one after the other, from 0." };
        }

        if (page.Leaves is [var first, ..] && first.Sequence <= (before?.Last ?? 0))
        {
            throw Malformed("the leaves are not in order");
        }

        unit.Execute(
            "INSERT INTO dispute_leaves (space_id, dispute_id, side, page_no, first_seq, last_seq, data) VALUES (@Space, @Id, @side, @Number, @First, @Last, @data)",
            new { unit.Space, dispute.Id, side, page.Number, First = page.Leaves is [var one, ..] ? one.Sequence : 0, Last = page.Leaves is [.., var end] ? end.Sequence : 0, data });
    }

    /// <summary>Whether the leaves of a side add up to what it has signed.</summary>
    public bool Agree(string dispute, string side, UsageRecord record)
    {
        var sum = new UsageSum();
        try
        {
            foreach (var leaf in Of(dispute, side, after: 0))
            {
                sum.Add(leaf);
            }
        }
        catch (OverflowException)
        {
            // No record that could be signed is made from these.
            return false;
        }

        var counted = record with { Counts = sum.Counts, Leaves = sum.Leaves, LeafRoot = sum.Root };
        return counted.Matches(record);
    }

    /// <summary>The leaves that differ, by their sequence, behind that one.</summary>
    public IEnumerable<LeafDifference> Differences(string dispute, long after)
    {
        using var ones = Of(dispute, DisputeTakes.Provider, after).GetEnumerator();
        using var others = Of(dispute, DisputeTakes.Consumer, after).GetEnumerator();
        var (one, other) = (Next(ones), Next(others));
        while (one is not null || other is not null)
        {
            var sequence = Math.Min(one?.Sequence ?? long.MaxValue, other?.Sequence ?? long.MaxValue);
            var (left, right) = (one?.Sequence == sequence ? one : null, other?.Sequence == sequence ? other : null);
            // By what they say: counts by party are lists, which are equal to themselves only.
            if (left is null || right is null || !left.LeafHash().AsSpan().SequenceEqual(right.LeafHash()))
            {
                yield return new LeafDifference(sequence, left, right);
            }

            (one, other) = (left is null ? one : Next(ones), right is null ? other : Next(others));
        }
    }

    private static UsageLeaf? Next(IEnumerator<UsageLeaf> leaves) => leaves.MoveNext() ? leaves.Current : null;

    // A page at a time.
    private IEnumerable<UsageLeaf> Of(string dispute, string side, long after)
    {
        for (var last = after; Page(dispute, side, last) is { } page; last = page.Last)
        {
            foreach (var leaf in ProtocolJson.Read<List<UsageLeaf>>(Encoding.UTF8.GetBytes(page.Data)).Where(leaf => leaf.Sequence > after))
            {
                yield return leaf;
            }
        }
    }

    private PageRow? Page(string dispute, string side, long after) => database.Read(connection => connection.QueryFirstOrDefault<PageRow>(
        "SELECT page_no AS Number, last_seq AS Last, data AS Data FROM dispute_leaves WHERE space_id = @Id AND dispute_id = @dispute AND side = @side AND last_seq > @after ORDER BY page_no LIMIT 1",
        new { settings.Space.Id, dispute, side, after }));

    private static void Check(DisputeRow dispute, LeavesPage page)
    {
        if (page.Number is < 0 or >= LeavesPage.MaxPages || page.Leaves.Count > LeavesPage.MaxLeaves)
        {
            throw new RefusalException(RefusalCode.TooLarge, $"A dispute takes {LeavesPage.MaxPages} pages of {LeavesPage.MaxLeaves} leaves from a party.") { Term = "number", Remedy = "Let a person resolve it." };
        }

        if (page.Leaves.Count == 0 && !(page.Number == 0 && page.Last))
        {
            throw Malformed("a page has no leaves");
        }

        var last = 0L;
        foreach (var leaf in page.Leaves)
        {
            if (leaf.Flow != dispute.Flow || leaf.Interval != dispute.Interval || leaf.Sequence <= last)
            {
                throw Malformed("the leaves are not those of the interval, in order");
            }

            if (leaf.Requests is < 0 or > MostCounted || leaf.Rows is < 0 or > MostCounted || leaf.Bytes is < 0 or > MostCounted)
            {
                throw Malformed("a count is negative or cannot be");
            }

            if (leaf.Tokens is { } tokens && new[] { tokens.In, tokens.Cached, tokens.Out, tokens.Data, tokens.DeclaredIn, tokens.DeclaredOut }.Any(count => count is < 0 or > MostCounted))
            {
                throw Malformed("a count of tokens is negative or cannot be");
            }

            if (!PartyTokens.AddUp(leaf.Tokens?.DataBy, leaf.Tokens?.Data))
            {
                throw Malformed("the tokens of the parties do not add up to those of all retrieved data");
            }

            last = leaf.Sequence;
        }
    }

    private static RefusalException Malformed(string why) => new(RefusalCode.Malformed, $"The page is refused: {why}.") { Term = "leaves" };

    private sealed class PageRow
    {
        public long Number { get; init; }

        public long Last { get; init; }

        public string Data { get; init; } = "";
    }
}
