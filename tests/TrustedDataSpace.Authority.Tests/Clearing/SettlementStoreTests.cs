using Dapper;
using TrustedDataSpace.Authority.Clearing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Clearing;

public sealed class SettlementStoreTests
{
    [Fact]
    public async Task Settlements_of_a_member_come_in_order_and_once_by_their_index()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        await authority.Database.WriteAsync(unit =>
        {
            foreach (var (id, provider, consumer) in new[] { ("1", "a", "b"), ("2", "b", "c"), ("3", "c", "a"), ("4", "a", "a"), ("5", "b", "a"), ("6", "a", "c") })
            {
                SettlementStore.Insert(unit, new SettlementRow { Id = id, Agreement = "agreement-" + id, Provider = provider, Consumer = consumer, Document = "{}" });
            }
        });
        var store = authority.Service<SettlementStore>();
        Assert.Equal(["1", "3", "4"], store.Page(null, "a", null, 3).Select(row => row.Id));
        Assert.Equal(["5", "6"], store.Page(null, "a", "4", 3).Select(row => row.Id));
        Assert.Equal(["5"], store.Page("agreement-5", "a", null, 3).Select(row => row.Id));
        Assert.Equal(6, store.Page(null, null, null, 10).Count);

        var plan = authority.Database.Read(connection => connection.Query<(long Id, long Parent, long Unused, string Detail)>(
            "EXPLAIN QUERY PLAN " + SettlementStore.PageSql(ofAgreement: false, ofMember: true), new { AuthorityUnderTest.Space, member = "a", After = "", most = 10 }).Select(step => step.Detail).ToList());
        Assert.Contains(plan, step => step.Contains("settlements_by_provider", StringComparison.Ordinal));
        Assert.Contains(plan, step => step.Contains("settlements_by_consumer", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.Contains("sqlite_autoindex_settlements", StringComparison.Ordinal));
    }
}
