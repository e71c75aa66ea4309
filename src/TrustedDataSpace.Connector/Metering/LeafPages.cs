using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>The stored pages of settled uses.</summary>
internal static class LeafPages
{
    /// <summary>Most uses in a page: what they take is no large object to the garbage collector, of which it has another way to get rid, and a dearer one.</summary>
    public const int Most = 512;

    /// <summary>Stores uses of one role, flow and interval as a page.</summary>
    /// <param name="unit">The unit of work.</param>
    /// <param name="uses">At most <see cref="Most"/>.</param>
    public static void Add(UnitOfWork unit, IReadOnlyList<(UsageTicket Ticket, Delivered Delivered)> uses)
    {
        var ticket = uses[0].Ticket;
        var (firstRequest, lastRequest) = ("", "");
        var (first, last) = (long.MaxValue, long.MinValue);
        foreach (var (one, _) in uses)
        {
            (first, last) = (Math.Min(first, one.Sequence), Math.Max(last, one.Sequence));
            if (one.Claim.Request is { } request)
            {
                firstRequest = firstRequest.Length == 0 || string.CompareOrdinal(request, firstRequest) < 0 ? request : firstRequest;
                lastRequest = string.CompareOrdinal(request, lastRequest) > 0 ? request : lastRequest;
            }
        }

        unit.Execute(
            """
            INSERT INTO usage_pages (space_id, role, flow, interval_no, page_no, agreement_id, first_seq, last_seq, first_request, last_request, data)
            SELECT @Space, @Role, @Flow, @Interval, coalesce(max(page_no), 0) + 1, @AgreementId, @first, @last, @firstRequest, @lastRequest, @data
            FROM usage_pages WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval
            """,
            new { unit.Space, ticket.Role, ticket.Flow, ticket.Interval, ticket.AgreementId, first, last, firstRequest, lastRequest, data = LeafPage.Write(uses) });
    }

    /// <summary>
    /// All uses in the pages of an interval in order of their sequence, without the consumer's ids. Uses end in another order than they begin, so
    /// that pages overlap a little; no more is held than what may still have others before it.
    /// </summary>
    public static IEnumerable<PagedLeaf> InOrder(SqliteConnection connection, string space, string role, string flow, long interval)
    {
        // First where they begin: to sort the pages themselves, the database would copy them all.
        var places = connection.Query<PageRow>(
            """
            SELECT page_no AS Page, first_seq AS First FROM usage_pages
            WHERE space_id = @space AND role = @role AND flow = @flow AND interval_no = @interval ORDER BY first_seq
            """,
            new { space, role, flow, interval }).AsList();
        var waiting = new PriorityQueue<PagedLeaf, long>();
        foreach (var place in places)
        {
            while (waiting.TryPeek(out _, out var sequence) && sequence < place.First)
            {
                yield return waiting.Dequeue();
            }

            var data = connection.QuerySingle<byte[]>(
                "SELECT data FROM usage_pages WHERE space_id = @space AND role = @role AND flow = @flow AND interval_no = @interval AND page_no = @Page",
                new { space, role, flow, interval, place.Page });
            foreach (var leaf in LeafPage.Read(data, withRequests: false))
            {
                waiting.Enqueue(leaf, leaf.Sequence);
            }
        }

        while (waiting.TryDequeue(out var leaf, out _))
        {
            yield return leaf;
        }
    }

    /// <summary>Whether a page has the number.</summary>
    public static bool Has(UnitOfWork unit, UsageTicket ticket) => unit.Query<PageRow>(
        """
        SELECT data AS Data FROM usage_pages
        WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval AND first_seq <= @Sequence AND last_seq >= @Sequence
        """,
        new { unit.Space, ticket.Role, ticket.Flow, ticket.Interval, ticket.Sequence }).Exists(page => LeafPage.Read(page.Data).Any(leaf => leaf.Sequence == ticket.Sequence));

    /// <summary>The use that another party asks about, by its number or by its own id of the request; null: it is in no page.</summary>
    public static LeafRow? Find(SqliteConnection connection, string space, string role, UsageInquiry use)
    {
        // The ids of a consumer grow, so that few pages can have one.
        var numbered = use.Interval != 0;
        if (!numbered && string.IsNullOrEmpty(use.Request))
        {
            return null;
        }

        var pages = connection.Query<PageRow>(
            $"""
            SELECT interval_no AS Interval, agreement_id AS AgreementId, data AS Data FROM usage_pages
            WHERE space_id = @space AND role = @role AND flow = @Flow
              AND {(numbered ? "interval_no = @Interval AND first_seq <= @Sequence AND last_seq >= @Sequence" : "first_request <= @Request AND last_request >= @Request")}
            ORDER BY interval_no DESC, page_no DESC
            """,
            new { space, role, use.Flow, use.Interval, use.Sequence, use.Request },
            buffered: false);
        foreach (var page in pages)
        {
            foreach (var leaf in LeafPage.Read(page.Data))
            {
                if (numbered ? leaf.Sequence == use.Sequence : leaf.Request == use.Request)
                {
                    return new LeafRow
                    {
                        Role = role,
                        Flow = use.Flow,
                        Interval = page.Interval,
                        Sequence = leaf.Sequence,
                        AgreementId = page.AgreementId,
                        Purpose = leaf.Purpose,
                        State = LeafRow.Settled,
                        Outcome = leaf.Outcome,
                        Rows = leaf.Rows,
                        Bytes = leaf.Bytes,
                        Request = leaf.Request,
                    };
                }
            }
        }

        return null;
    }

    private sealed class PageRow
    {
        public long Interval { get; init; }

        public long Page { get; init; }

        public long First { get; init; }

        public string AgreementId { get; init; } = "";

        public byte[] Data { get; init; } = [];
    }
}
