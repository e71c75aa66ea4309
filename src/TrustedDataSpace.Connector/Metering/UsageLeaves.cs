using Dapper;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>The settled leaves of an interval, from pages and rows.</summary>
internal sealed class UsageLeaves(Database database, ConnectorSettings settings)
{
    /// <summary>In order of their sequence.</summary>
    public List<UsageLeaf> Of(string role, string flow, long interval) => database.Read(connection =>
    {
        var leaves = LeafPages.Of(connection, settings.Space.Id, role, flow, interval)
            .Concat(connection.Query<LeafRow>(
                """
                SELECT sequence_no AS Sequence, purpose AS Purpose, outcome AS Outcome, row_count AS Rows, byte_count AS Bytes, tokens AS TokensText FROM usage_leaves
                WHERE space_id = @Id AND role = @role AND flow = @flow AND interval_no = @interval
                """,
                new { settings.Space.Id, role, flow, interval },
                buffered: false).Select(row => new PagedLeaf(row.Sequence, row.Rows, row.Bytes, row.Outcome, row.Purpose, null, row.Tokens)))
            .Select(leaf => new UsageLeaf { Flow = flow, Interval = interval, Sequence = leaf.Sequence, Purpose = leaf.Purpose, Outcome = leaf.Outcome, Rows = leaf.Rows, Bytes = leaf.Bytes, Tokens = leaf.Tokens })
            .ToList();
        leaves.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));
        return leaves;
    });
}
