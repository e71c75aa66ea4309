using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>The settled leaves of an interval, from pages and rows, in order of their sequence.</summary>
internal sealed class UsageLeaves(Database database, ConnectorSettings settings)
{
    // Some tenth of a millisecond.
    private const int LeavesPerLook = 64;

    /// <summary>All of them.</summary>
    public List<UsageLeaf> Of(string role, string flow, long interval) => database.Read(connection => InOrder(connection, role, flow, interval).ToList());

    /// <summary>Their sum, leaf by leaf, on a thread of its own and at a pace that leaves the processors to requests: an interval may have hundreds of thousands, and none is kept.</summary>
    public Task<UsageSum> SumAsync(string role, string flow, long interval, WorkPace pace) =>
        Task.Factory.StartNew(() => Sum(role, flow, interval, pace), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private UsageSum Sum(string role, string flow, long interval, WorkPace pace) => database.Read(connection =>
    {
        var sum = new UsageSum();
        foreach (var leaf in InOrder(connection, role, flow, interval))
        {
            sum.Add(leaf);
            if (sum.Leaves % LeavesPerLook == 0)
            {
                pace.Pass();
            }
        }

        return sum;
    });

    private IEnumerable<UsageLeaf> InOrder(SqliteConnection connection, string role, string flow, long interval)
    {
        using var rows = Rows(connection, role, flow, interval).GetEnumerator();
        var hasRow = rows.MoveNext();
        foreach (var leaf in LeafPages.InOrder(connection, settings.Space.Id, role, flow, interval))
        {
            for (; hasRow && rows.Current.Sequence < leaf.Sequence; hasRow = rows.MoveNext())
            {
                yield return Leaf(rows.Current);
            }

            yield return Leaf(leaf);
        }

        for (; hasRow; hasRow = rows.MoveNext())
        {
            yield return Leaf(rows.Current);
        }

        UsageLeaf Leaf(PagedLeaf leaf) =>
            new() { Flow = flow, Interval = interval, Sequence = leaf.Sequence, Purpose = leaf.Purpose, Outcome = leaf.Outcome, Rows = leaf.Rows, Bytes = leaf.Bytes, Tokens = leaf.Tokens };
    }

    private IEnumerable<PagedLeaf> Rows(SqliteConnection connection, string role, string flow, long interval) => connection.Query<LeafRow>(
        """
        SELECT sequence_no AS Sequence, purpose AS Purpose, outcome AS Outcome, row_count AS Rows, byte_count AS Bytes, tokens AS TokensText FROM usage_leaves
        WHERE space_id = @Id AND role = @role AND flow = @flow AND interval_no = @interval ORDER BY sequence_no
        """,
        new { settings.Space.Id, role, flow, interval },
        buffered: false).Select(row => new PagedLeaf(row.Sequence, row.Rows, row.Bytes, row.Outcome, row.Purpose, null, row.Tokens));
}
