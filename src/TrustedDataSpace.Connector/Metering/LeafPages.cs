using Dapper;
using Microsoft.Data.Sqlite;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>The stored pages of settled uses.</summary>
internal static class LeafPages
{
    /// <summary>Most uses in a page.</summary>
    private const int MostInPage = 1_024;

    /// <summary>Stores uses of one role, flow and interval.</summary>
    public static void Add(UnitOfWork unit, IReadOnlyList<(UsageTicket Ticket, Delivered Delivered)> uses)
    {
        foreach (var page in uses.Chunk(MostInPage))
        {
            var ticket = page[0].Ticket;
            var (firstRequest, lastRequest) = ("", "");
            var (first, last) = (long.MaxValue, long.MinValue);
            foreach (var (one, _) in page)
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
                new { unit.Space, ticket.Role, ticket.Flow, ticket.Interval, ticket.AgreementId, first, last, firstRequest, lastRequest, data = LeafPage.Write(page) });
        }
    }

    /// <summary>All uses in the pages of an interval, in no order, without the consumer's ids.</summary>
    public static IEnumerable<PagedLeaf> Of(SqliteConnection connection, string space, string role, string flow, long interval) =>
        connection.Query<byte[]>(
            "SELECT data FROM usage_pages WHERE space_id = @space AND role = @role AND flow = @flow AND interval_no = @interval ORDER BY page_no",
            new { space, role, flow, interval },
            buffered: false).SelectMany(page => LeafPage.Read(page, withRequests: false));

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

        public string AgreementId { get; init; } = "";

        public byte[] Data { get; init; } = [];
    }
}
