using System.Collections.Concurrent;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Prepaid;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Provider: the counts of the flows that are in use, in memory. Read from the tables when a flow is first used, on the database's writer
/// and with the journal taken over, so that they begin with all there is; from then on the memory is ahead of the tables.
/// </summary>
internal sealed class ProviderCounts
{
    private readonly ConcurrentDictionary<string, FlowCount> flows = new();
    private readonly ConcurrentDictionary<string, AgreementCount> agreements = new();

    // Read by a unit of work whose group is not committed yet. The writer's alone.
    private readonly Dictionary<string, FlowCount> unpublished = [];

    /// <summary>The flow's count; null when it has not been used since the start, or since it was last opened.</summary>
    public FlowCount? Find(string flow) => flows.GetValueOrDefault(flow);

    /// <summary>The flow's count, read now if need be. The journal must have been taken over in the same unit of work.</summary>
    public FlowCount Load(UnitOfWork unit, string flow, string agreementId, IReadOnlyList<QuotaTerm> quotas, UsePrice? price = null)
    {
        if (flows.GetValueOrDefault(flow) is { } present || unpublished.TryGetValue(flow, out present))
        {
            return present;
        }

        var agreement = PresentAgreement(agreementId) ?? ReadAgreement(unit, agreementId, quotas, price);
        var over = unit.Find<long>(
            """
            SELECT coalesce(max(interval_no), 0) FROM (
                SELECT interval_no FROM usage_records WHERE space_id = @Space AND role = @Role AND flow = @flow
                UNION ALL SELECT last_interval FROM flows WHERE space_id = @Space AND role = @Role AND flow = @flow) AS over_intervals
            """,
            new { unit.Space, Role = FlowRow.Provider, flow });
        var places = unit.Query<PlaceRow>(
            """
            SELECT interval_no AS Interval, max(last) AS Sequence FROM (
                SELECT interval_no, sequence_no AS last FROM usage_leaves WHERE space_id = @Space AND role = @Role AND flow = @flow AND interval_no > @over
                UNION ALL SELECT interval_no, last_seq AS last FROM usage_pages WHERE space_id = @Space AND role = @Role AND flow = @flow AND interval_no > @over) AS numbered
            GROUP BY interval_no
            """,
            new { unit.Space, Role = FlowRow.Provider, flow, over });
        var count = new FlowCount(flow, agreement, over + 1, places.Select(place => (place.Interval, place.Sequence)));
        unpublished[flow] = count;
        unit.OnLost(() => unpublished.Remove(flow));

        // Not before: until then, what this group gives back is in what was read.
        unit.OnCommitted(() =>
        {
            agreements[agreementId] = agreement;
            if (unpublished.GetValueOrDefault(flow) == count)
            {
                unpublished.Remove(flow);
                flows[flow] = count;
            }
        });
        return count;
    }

    /// <summary>
    /// The flow stops in the present unit of work: nothing more is reserved here. Whoever uses it again, in the same group or because the
    /// stop was not kept, has its place read again.
    /// </summary>
    public void Close(string flow)
    {
        if (flows.TryRemove(flow, out var present))
        {
            present.Close();
        }

        if (unpublished.Remove(flow, out var early))
        {
            early.Close();
        }
    }

    /// <summary>From now on no use of the flow gets a number of that interval or an earlier one. On the writer.</summary>
    public void CloseInterval(string flow, long interval)
    {
        flows.GetValueOrDefault(flow)?.CloseInterval(interval);
        unpublished.GetValueOrDefault(flow)?.CloseInterval(interval);
    }

    /// <summary>A use of the agreement is given back that the tables hear of by the journal.</summary>
    public void Return(string agreementId, DateTimeOffset taken, long paid = 0) => agreements.GetValueOrDefault(agreementId)?.Return(taken, paid);

    /// <summary>A use of the agreement no longer runs.</summary>
    public void Leave(string agreementId) => agreements.GetValueOrDefault(agreementId)?.Leave();

    /// <summary>The agreement's count; null when it has not been used since the start.</summary>
    public AgreementCount? FindAgreement(string agreementId) => agreements.GetValueOrDefault(agreementId);

    /// <summary>The agreement's count, also one that was read by a unit of work that is not committed yet. On the writer.</summary>
    public AgreementCount? PresentAgreement(string agreementId) =>
        agreements.GetValueOrDefault(agreementId) ?? unpublished.Values.FirstOrDefault(count => count.Agreement.Id == agreementId)?.Agreement;

    /// <summary>The counts of agreements that limit something.</summary>
    public IEnumerable<AgreementCount> WithQuotas => agreements.Values.Where(count => count.HasQuotas || count.Balance is not null);

    /// <summary>A use of the agreement is given back. Only the provider holds the quota.</summary>
    public void GiveBack(UnitOfWork unit, string role, string agreementId, long interval)
    {
        if (role == FlowRow.Provider)
        {
            Add(unit, agreementId, -1);
            unit.OnCommitted(() => Return(agreementId, UsageInterval.Start(interval)));
        }
    }

    /// <summary>Brings the table forward by what the memory has counted already.</summary>
    public static void Add(UnitOfWork unit, string agreementId, long uses) => unit.Execute(
        """
        INSERT INTO quotas (space_id, agreement_id, used) VALUES (@Space, @agreementId, @uses)
        ON CONFLICT (space_id, agreement_id) DO UPDATE SET used = quotas.used + excluded.used
        """,
        new { unit.Space, agreementId, uses });

    /// <summary>Notes when an agreement was first used; later uses change nothing.</summary>
    public static void NoteUse(UnitOfWork unit, string agreementId, DateTimeOffset reserved) => unit.Execute(
        "UPDATE quotas SET first_used = @at WHERE space_id = @Space AND agreement_id = @agreementId AND first_used = 0",
        new { unit.Space, agreementId, at = reserved.ToUnixTimeMilliseconds() });

    private static AgreementCount ReadAgreement(UnitOfWork unit, string agreementId, IReadOnlyList<QuotaTerm> quotas, UsePrice? price)
    {
        var row = unit.Find<QuotaRow>(
            "SELECT used AS Used, first_used AS FirstUsed FROM quotas WHERE space_id = @Space AND agreement_id = @agreementId",
            new { unit.Space, agreementId }) ?? new QuotaRow();
        var purposes = unit.Query<string>(
            "SELECT DISTINCT purpose FROM usage_totals WHERE space_id = @Space AND agreement_id = @agreementId AND role = @Role",
            new { unit.Space, agreementId, Role = FlowRow.Provider });
        var counters = QuotaLeases.Read(unit, agreementId, quotas, row.Used, price);
        return new AgreementCount(agreementId, row.Used, purposes, counters, row.FirstUsed, BalanceCount.Of(counters, price));
    }

    private sealed class QuotaRow
    {
        public long Used { get; init; }

        public long FirstUsed { get; init; }
    }

    private sealed class PlaceRow
    {
        public long Interval { get; init; }

        public long Sequence { get; init; }
    }
}
