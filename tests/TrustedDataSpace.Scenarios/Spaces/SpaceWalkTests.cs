using Microsoft.Extensions.Logging;
using Xunit;

namespace TrustedDataSpace.Scenarios.Spaces;

/// <summary>
/// Nothing of another space is seen, changed or acted on, even where it lies in the same database: all endpoints are asked with ids of the
/// other space and answer as they do to ids that nobody has, the workers go on with what is the space's own, and SQLite itself says of each
/// statement that ran in the walk that it goes by the space.
/// </summary>
public sealed class SpaceWalkTests(MixedSpaces spaces) : IClassFixture<MixedSpaces>
{
    /// <summary>Of these the other space has no rows to copy, or not for long; only the blank one stands for it there.</summary>
    private static readonly string[] Unfilled =
    [
        "balance_holds", "balances", "credential_offers", "credential_requests", "denial_counts", "evidence_shipment", "held_credentials", "idempotency_keys", "log_alarms", "outbox", "peer_credentials",
        "pushes", "quota_leases", "usage_leaves", "usage_receipts", "usage_records", "usage_sent", "used_tokens",
    ];

    private static readonly string[] UnfilledAtProvider = ["applications", "peer_versions"];

    private static readonly string[] UnfilledAtConsumer = ["allowed_questions", "allowed_uses", "assets", "catalog", "catalog_terms", "denied_questions", "products", "quotas"];

    [Fact]
    public async Task A_connector_sees_and_changes_nothing_of_another_space_in_its_own_database()
    {
        var space = spaces.Alpha;
        var folders = new[] { MixedSpaces.FolderOf(space, space.Provider), MixedSpaces.FolderOf(space, space.Consumer) };
        var before = folders.Select(folder => ForeignRows.Snapshot(folder, MixedSpaces.Own)).ToList();
        Assert.All(before, tables => Assert.All(tables, table => Assert.NotEmpty(table.Value)));
        Assert.Empty(ForeignRows.OnlyBlank(folders[0], MixedSpaces.Own).Except([.. Unfilled, .. UnfilledAtProvider]));
        Assert.Empty(ForeignRows.OnlyBlank(folders[1], MixedSpaces.Own).Except([.. Unfilled, .. UnfilledAtConsumer]));

        using var provider = new SpaceWalker(space, space.Provider, space.Consumer, spaces.Contract.Secret);
        using var consumer = new SpaceWalker(space, space.Consumer, space.Provider, spaces.Contract.Secret);
        var wrong = new List<string>();
        foreach (var (walker, folder) in new[] { (provider, folders[0]), (consumer, folders[1]) })
        {
            var ids = ForeignRows.Ids(folder, MixedSpaces.Other);
            Assert.True(ids.Count > 20, string.Join(' ', ids));

            // The same questions about what is of this space are answered.
            var seen = await SpaceWalk.SeenAsync(walker, ForeignRows.Ids(folder, MixedSpaces.Own));
            Assert.True(seen >= 8, $"{seen} endpoints show something of this space");

            // First: what is said about such an id may be kept, such as a signal of that name.
            wrong.AddRange(await SpaceWalk.ListsAsync(walker, [.. ids, ForeignRows.Mark, ForeignRows.Twin, ForeignRows.Blank]));
            wrong.AddRange(await SpaceWalk.ByIdAsync(walker, ids, mustBeUnknown: true));
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        await SpaceWalk.WorkAsync(space, spaces.Contract, "alpha-connector");
        foreach (var (folder, tables) in folders.Zip(before))
        {
            SpaceWalk.AssertUnchanged(tables, folder);
        }

        Assert.DoesNotContain(space.Log.Lines, line => line.Level >= LogLevel.Error);
        await SpaceWalk.StatementsAsync(space, space.Provider, folders[0], atLeast: 162);
        await SpaceWalk.StatementsAsync(space, space.Consumer, folders[1], atLeast: 140);
    }

    [Fact]
    public void The_space_leads_every_key_and_every_index()
    {
        var folders = new[] { MixedSpaces.FolderOf(spaces.Alpha, spaces.Alpha.Provider), MixedSpaces.FolderOf(spaces.Alpha, spaces.Alpha.Operator) };

        // Of the database itself, not of a space; words of products by the number of their row, which is of the whole table and looked up in the space's own.
        Assert.All(
            folders.SelectMany(ForeignRows.WithoutSpace),
            name => Assert.True(name.StartsWith("schema_version", StringComparison.Ordinal) || name.StartsWith("product_words", StringComparison.Ordinal) || name == "products: products_by_seq", name));
    }
}
