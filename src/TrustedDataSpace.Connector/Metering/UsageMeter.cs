using Dapper;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Counts use. A request is in the journal before it may flow and its end before its answer ends, so neither a kill nor any concurrency
/// can use more than the contract allows.
/// </summary>
internal sealed class UsageMeter(Database database, UsageJournal journal, ProviderCounts counts, UseSettlement settlement, Interruptions interruptions, ConnectorSettings settings, TimeProvider clock, ILogger<UsageMeter> logger)
{
    private const int MostTries = 100;
    private const int TriesForLease = 8;

    private JournalApplication? tables;

    /// <summary>Set when an interval may have become ready to close.</summary>
    public Signal Signal { get; } = new();

    private JournalApplication Tables => tables ??= new JournalApplication(journal, settlement, counts, Signal);

    /// <summary>Provider: takes one use of the agreement and the next number of the flow's present interval.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="claim">What the request says of itself.</param>
    /// <param name="quotas">What the contract limits.</param>
    /// <param name="price">What a use costs, where it is paid in advance.</param>
    /// <exception cref="RefusalException">Forbidden: the flow was closed in the meantime; Conflict: the idempotency key is in use; Malformed: one purpose too many.</exception>
    public ValueTask<UsageTicket> ReserveAsync(ProviderFlow flow, UsageClaim claim, IReadOnlyList<QuotaTerm>? quotas = null, UsePrice? price = null)
    {
        if (claim.IdempotencyKey is not null || counts.Find(flow.Id) is not { } count)
        {
            return new ValueTask<UsageTicket>(ReserveFirstAsync(flow, claim, quotas ?? [], price));
        }

        if (count.TryReserve(journal, clock.GetUtcNow(), claim, leasing: false, out var low) is not { } ticket)
        {
            return new ValueTask<UsageTicket>(ReserveLaterAsync(flow, count, claim, quotas ?? [], price));
        }

        if (low)
        {
            Renew(count.Agreement);
        }

        return ValueTask.FromResult(ticket);
    }

    /// <summary>Provider: the counters of an agreement; null when it has not been used since the start.</summary>
    public AgreementCount? CountOf(string agreementId) => counts.FindAgreement(agreementId);

    /// <summary>Provider: the counters that a use counts in; null when they are not in memory.</summary>
    public AgreementCount? CountOf(UsageTicket ticket) => ticket.Count ?? counts.FindAgreement(ticket.AgreementId);

    /// <summary>Provider: when an agreement was first used; null before.</summary>
    public DateTimeOffset? FirstUsed(string agreementId) => counts.FindAgreement(agreementId)?.FirstUsed;

    /// <summary>Provider: takes volumes for which leases are missing, durably.</summary>
    public Task LeaseAsync(AgreementCount count, Volumes volumes) => database.WriteAsync(unit =>
    {
        var wanted = count.Wanted(volumes.Of, unit.Now, early: true);
        QuotaLeases.Store(unit, count, wanted);
        count.TryTake(volumes, unit.Now, leasing: true);

        // Others may have taken, in between, what the leases still covered.
        QuotaLeases.Store(unit, count, count.Uncovered());
    });

    /// <summary>Provider: stores leases for what was taken without.</summary>
    public Task CoverAsync(AgreementCount count) => database.WriteAsync(unit => QuotaLeases.Store(unit, count, count.Uncovered()));

    /// <summary>Provider, in the unit of work that closes the flow: no further use is reserved, and all that were are in the tables.</summary>
    public void Close(UnitOfWork unit, string flow)
    {
        counts.Close(flow);
        Apply(unit);
    }

    /// <summary>Provider, in the unit of work that records the interval: no further use gets a number of it, and all that have are in the tables.</summary>
    public void CloseInterval(UnitOfWork unit, string flow, long interval)
    {
        counts.CloseInterval(flow, interval);
        Apply(unit);
    }

    /// <summary>Provider: waits until both connectors agree on what became of the uses under the key, woken by that itself.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="key">Idempotency key of the uses.</param>
    /// <param name="longest">Longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    public async Task<bool> AgreedOnAsync(ProviderFlow flow, string key, TimeSpan longest, CancellationToken cancellation)
    {
        await BringUpToDateAsync();
        return await database.WaitUntilAsync(
            Interruptions.ChangeOf(flow.Id),
            () => database.Read(connection => connection.QuerySingle<long>(
                """
                SELECT count(*) FROM usage_leaves
                WHERE space_id = @Space AND agreement_id = @AgreementId AND role = @Role AND idempotency_key = @key AND state <> 'settled'
                """,
                new { Space = settings.Space.Id, flow.AgreementId, Role = FlowRow.Provider, key })) == 0,
            longest,
            cancellation);
    }

    /// <summary>Nothing was delivered: the use is given back.</summary>
    public async Task ReleaseAsync(UsageTicket ticket)
    {
        try
        {
            await AppendAsync(new JournalEntry(JournalKind.Release, ticket, default));
        }
        finally
        {
            // Also when it cannot be noted now: it runs no longer.
            if (ticket.Role == FlowRow.Provider)
            {
                counts.Return(ticket.AgreementId, ticket.Reserved, ticket.Paid);
                counts.Leave(ticket.AgreementId);
            }
        }
    }

    /// <summary>
    /// Counts what was delivered. A retry (<see cref="RetryRule"/>) counts as one, and its use is given back; of one that was cut, the
    /// other connector is asked first what it knows.
    /// </summary>
    public ValueTask SettleAsync(UsageTicket ticket, Delivered delivered)
    {
        if (ticket.Role == FlowRow.Provider)
        {
            var count = CountOf(ticket);
            count?.Leave();
            if (delivered.Outcome is UsageOutcomes.Ok or UsageOutcomes.Cut)
            {
                count?.NoteUse(ticket.Reserved);
            }
        }

        return AppendAsync(new JournalEntry(JournalKind.Settle, ticket, delivered));
    }

    /// <summary>The same, and then what follows from it, in a unit of work in which it is in the tables.</summary>
    public async Task SettleAsync(UsageTicket ticket, Delivered delivered, Action<UnitOfWork> then)
    {
        await SettleAsync(ticket, delivered);
        await database.WriteAsync(unit =>
        {
            Apply(unit);
            then(unit);
        });
    }

    /// <summary>In a unit of work that asks the tables about uses: brings them up to date.</summary>
    public void Apply(UnitOfWork unit)
    {
        Tables.Apply(unit);
        journal.Leases.Store(unit);
    }

    /// <summary>Brings the tables up to date, for whoever reads them.</summary>
    public Task BringUpToDateAsync() => journal.IsEmpty ? Task.CompletedTask : database.WriteAsync(Apply);

    /// <summary>After a kill: what was under way is asked about, and what was counted in the last moment. Its use of the quota stays until then, because data may have left.</summary>
    /// <returns>How many were under way.</returns>
    public async Task<int> InterruptOpenAsync()
    {
        journal.Recover(await database.WriteAsync(UsageTables.Position));
        return await database.WriteAsync(unit =>
        {
            // Asked before: what is taken over now is noted under the present start.
            var isAnotherStart = UsageTables.IsOfAnotherStart(unit);
            journal.Leases.TakeOver(unit);
            Apply(unit);
            if (isAnotherStart)
            {
                UsageTables.TakeLeases(unit);
            }

            return interruptions.MarkAllOpen(unit);
        });
    }

    /// <summary>Sums of what an agreement's flows have used so far, by this connector's own count.</summary>
    public async Task<IReadOnlyList<UsageCounts>> CountsAsync(string agreementId)
    {
        await BringUpToDateAsync();
        return database.Read(connection => connection.Query<UsageCounts>(
            """
            SELECT purpose AS Purpose, outcome AS Outcome, request_count AS Requests, row_count AS Rows, byte_count AS Bytes,
                   tokens_in AS TokensIn, tokens_cached AS TokensCached, tokens_out AS TokensOut, tokens_data AS TokensData
            FROM usage_totals WHERE space_id = @Id AND agreement_id = @agreementId ORDER BY purpose, outcome
            """,
            new { settings.Space.Id, agreementId }).AsList());
    }

    /// <summary>Whether no request of the agreement is under way and every ended flow of it has all its records.</summary>
    public bool IsAtRest(string agreementId) => !journal.Concerns(agreementId) && database.Read(connection => connection.QuerySingle<long>(
        """
        SELECT (SELECT count(*) FROM usage_sent WHERE space_id = @Id AND agreement_id = @agreementId)
             + (SELECT count(*) FROM usage_intervals i
                JOIN flows f ON f.space_id = i.space_id AND f.role = i.role AND f.flow = i.flow
                WHERE i.space_id = @Id AND i.agreement_id = @agreementId AND (i.unsettled > 0 OR f.state <> 'open'))
        """,
        new { settings.Space.Id, agreementId })) == 0;

    // Most who find no lease find that the next one is on its way.
    private async Task<UsageTicket> ReserveLaterAsync(ProviderFlow flow, FlowCount count, UsageClaim claim, IReadOnlyList<QuotaTerm> quotas, UsePrice? price)
    {
        for (var tries = 0; tries < TriesForLease; tries++)
        {
            Renew(count.Agreement);
            var wasWanted = await count.Agreement.RenewalAsync();
            if (count.TryReserve(journal, clock.GetUtcNow(), claim, leasing: false, out _) is { } ticket)
            {
                return ticket;
            }

            // Not for want of a lease: the journal is full, or the flow is being closed.
            if (!wasWanted)
            {
                break;
            }
        }

        return await ReserveFirstAsync(flow, claim, quotas, price);
    }

    // The flow's first use, a key that must be compared with earlier ones, a flow that is being closed, or a journal that is full.
    private async Task<UsageTicket> ReserveFirstAsync(ProviderFlow flow, UsageClaim claim, IReadOnlyList<QuotaTerm> quotas, UsePrice? price)
    {
        for (var tries = 1; tries < MostTries; tries++)
        {
            if (await TryReserveFirstAsync(flow, claim, quotas, price) is { } ticket)
            {
                return ticket;
            }

            await BringUpToDateAsync();
        }

        throw new RefusalException(RefusalCode.Unavailable, "More uses than can be counted are under way.") { Where = "usage", Remedy = "try again in a moment" };
    }

    // Null: the journal is full, and others were faster to fill it again.
    private async Task<UsageTicket?> TryReserveFirstAsync(ProviderFlow flow, UsageClaim claim, IReadOnlyList<QuotaTerm> quotas, UsePrice? price)
    {
        UsageTicket? ticket = null;
        try
        {
            return await database.WriteAsync(unit =>
            {
                Apply(unit);

                // A flow that ends now gets no further leaf behind its last record.
                var state = unit.Find<string>(
                    "SELECT state FROM flows WHERE space_id = @Space AND role = @Role AND flow = @Id",
                    new { unit.Space, Role = FlowRow.Provider, flow.Id });
                if (state != FlowRow.Open)
                {
                    throw new RefusalException(RefusalCode.Forbidden, "The transfer has just ended.") { Term = "transfer" };
                }

                Retries.RequireFreeKey(unit, flow.AgreementId, claim, UsageInterval.At(unit.Now));
                var count = counts.Load(unit, flow.Id, flow.AgreementId, quotas, price);
                QuotaLeases.Store(unit, count.Agreement, QuotaLeases.WantedForRequest(count.Agreement, unit.Now));
                ticket = count.TryReserve(journal, unit.Now, claim, leasing: true, out _);

                // Others may have taken, in between, what the leases still covered.
                QuotaLeases.Store(unit, count.Agreement, count.Agreement.Uncovered());
                return ticket;
            });
        }
        catch when (ticket is not null)
        {
            // The group of commands is lost, and the caller with it; what is in the journal is not.
            await ReleaseAsync(ticket);
            throw;
        }
    }

    // Beside the database, as long as there is room: the writer may be busy for longer than the lease lasts. But a balance is renewed on the
    // writer, where it is corrected by what was counted.
    private void Renew(AgreementCount count)
    {
        if (count.BeginRenewal()
            && (count.Balance is not null || !journal.Leases.TryKeep(count.Id, () => QuotaLeases.WantedForRequest(count, clock.GetUtcNow()), (leases, failure) => Renewed(count, leases, failure))))
        {
            _ = RenewInTableAsync(count);
        }
    }

    private void Renewed(AgreementCount count, IReadOnlyList<Lease>? leases, Exception? failure)
    {
        if (failure is not null)
        {
            logger.NotRecorded("a lease of a quota beside the table", failure);
        }

        if (leases is null)
        {
            // The table can have them, if it can have anything.
            _ = RenewInTableAsync(count);
            return;
        }

        foreach (var lease in leases)
        {
            count.Grant(lease, beside: true);
        }

        count.EndRenewal(wanted: leases.Count > 0);
    }

#pragma warning disable CA1031 // Whoever finds no lease waits for the end of this, and is told the reason.
    private async Task RenewInTableAsync(AgreementCount count)
    {
        try
        {
            var wanted = await database.WriteAsync(unit =>
            {
                var leases = QuotaLeases.WantedForRequest(count, unit.Now);
                QuotaLeases.Store(unit, count, leases);
                return leases.Count > 0;
            });
            count.EndRenewal(wanted);
        }
        catch (Exception failure)
        {
            logger.NotRecorded("a lease of a quota", failure);
            count.EndRenewal(wanted: true, failure);
        }
    }
#pragma warning restore CA1031

    /// <summary>The interval of this moment.</summary>
    public long PresentInterval => UsageInterval.At(clock.GetUtcNow());

    /// <summary>Notes it in the journal; waits for room where there is none.</summary>
    public async ValueTask AppendAsync(JournalEntry entry)
    {
        while (!journal.TryAppend(entry))
        {
            await BringUpToDateAsync();
        }
    }
}
