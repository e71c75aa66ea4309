using System.Text.Json;
using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>
/// What an entry of the log says, as rows that answer questions. Who says so counts: filings and receipts are the authority's word, a transfer is
/// started by the provider of the agreement, and use is recorded by its parties; the same said by another is an entry and no more.
/// </summary>
internal sealed class AuditRows(AuthoritySettings settings)
{
    private const string Provider = "PROVIDER";

    /// <summary>Notes an entry. Entries come in the order of the log, each once.</summary>
    public void Note(UnitOfWork unit, long index, EvidenceEntry entry)
    {
        var said = new Said(entry.Data);
        if (entry.Agreement is { } agreement)
        {
            Agreed(unit, index, entry, agreement, said);
        }

        switch (entry.Kind)
        {
            case EvidenceKinds.ProductPublished when said.Text("product") is { } product && said.Number("version") is { } version && said.Text("offer") is { } offer:
                unit.Execute(
                    "INSERT INTO audit_offers (space_id, source, offer, product, version, idx) VALUES (@Space, @Source, @offer, @product, @version, @index) ON CONFLICT DO NOTHING",
                    new { unit.Space, entry.Source, offer, product, version, index });
                break;
            case EvidenceKinds.TransferStarted when entry.Agreement is not null && said.Text("role") == Provider && said.Text("flow") is { } flow && IsProvider(unit, entry):
                Flow(unit, index, entry, flow, started: index, receipt: null);
                break;
            case EvidenceKinds.UsageRecorded when entry is { Agreement: not null, Process: not null }:
                Recorded(unit, index, entry, said);
                break;
            case EvidenceKinds.UsageSettled or EvidenceKinds.DisputeOpened when entry is { Agreement: not null, Process: not null } && entry.Source == settings.Participant.Id:
                Flow(unit, index, entry, entry.Process, started: null, receipt: index);
                Received(unit, index, entry, said);
                break;
        }

        unit.Execute(
            "INSERT INTO audit_entries (space_id, idx, time, source, kind, agreement, process, product) VALUES (@Space, @index, @Time, @Source, @Kind, @Agreement, @Process, @Product) ON CONFLICT DO NOTHING",
            new { unit.Space, index, Time = At(entry), entry.Source, entry.Kind, entry.Agreement, entry.Process, Product = ProductOf(unit, entry, said) });
    }

    private void Agreed(UnitOfWork unit, long index, EvidenceEntry entry, string agreement, Said said)
    {
        switch (entry.Kind)
        {
            case EvidenceKinds.NegotiationAgreed or EvidenceKinds.NegotiationFinalized when said.Text("counterparty") is { } other:
                unit.Execute(
                    "INSERT INTO audit_agreed (space_id, agreement, source, product, offer) VALUES (@Space, @agreement, @Source, @Product, @Offer) ON CONFLICT DO NOTHING",
                    new { unit.Space, agreement, entry.Source, Product = said.Text("dataset"), Offer = said.Text("offer") });
                if (entry.Kind == EvidenceKinds.NegotiationFinalized)
                {
                    var (provider, consumer) = said.Text("role") == Provider ? (entry.Source, other) : (other, entry.Source);
                    Add(unit, index, entry, agreement, provider, consumer, said.Text("dataset"));
                }

                break;
            case EvidenceKinds.AgreementFiled when entry.Source == settings.Participant.Id && said.Text("provider") is { } provider && said.Text("consumer") is { } consumer:
                Add(unit, index, entry, agreement, provider, consumer, said.Text("productId"));
                var terms = FiledTerms.Of(FilingStore.Find(unit, agreement), said.Text("hash"));
                unit.Execute(
                    """
                    UPDATE audit_agreements SET provider = @provider, consumer = @consumer, product = @Product, filed_idx = @index, filed_at = @Time, hash = @Hash, ends = @Ends, terms = @Terms, duty = @Duty
                    WHERE space_id = @Space AND agreement = @agreement AND filed_idx IS NULL
                    """,
                    new { unit.Space, agreement, provider, consumer, Product = said.Text("productId"), index, Time = At(entry), Hash = said.Text("hash"), terms.Ends, terms.Terms, Duty = terms.MustDestroy ? 1 : 0 });
                break;
            case EvidenceKinds.AgreementEnded:
                unit.Execute(
                    "UPDATE audit_agreements SET ended_idx = @index, ended_at = @Time, ended_by = @Source WHERE space_id = @Space AND agreement = @agreement AND ended_idx IS NULL AND @Source IN (provider, consumer)",
                    new { unit.Space, agreement, index, Time = At(entry), entry.Source });
                break;
            case EvidenceKinds.DataDestroyed:
                unit.Execute(
                    "UPDATE audit_agreements SET destroyed_idx = @index, destroyed_at = @Time WHERE space_id = @Space AND agreement = @agreement AND destroyed_idx IS NULL AND @Source = consumer",
                    new { unit.Space, agreement, index, Time = At(entry), entry.Source });
                break;
            case EvidenceKinds.UsageRecorded:
                // Used again: what was destroyed before is not what it has now. A use of before may be logged after the report of destruction.
                unit.Execute(
                    """
                    UPDATE audit_agreements SET used_idx = coalesce(used_idx, @index),
                        destroyed_idx = CASE WHEN destroyed_at < @Until THEN NULL ELSE destroyed_idx END, destroyed_at = CASE WHEN destroyed_at < @Until THEN NULL ELSE destroyed_at END
                    WHERE space_id = @Space AND agreement = @agreement AND @Source = consumer AND (used_idx IS NULL OR destroyed_idx IS NOT NULL)
                    """,
                    new { unit.Space, agreement, index, entry.Source, Until = EndOfUse(said) });
                break;
        }
    }

    private static void Add(UnitOfWork unit, long index, EvidenceEntry entry, string agreement, string provider, string consumer, string? product) => unit.Execute(
        """
        INSERT INTO audit_agreements (space_id, agreement, first_idx, first_at, provider, consumer, product, terms) VALUES (@Space, @agreement, @index, @Time, @provider, @consumer, @product, @Terms)
        ON CONFLICT (space_id, agreement) DO NOTHING
        """,
        new { unit.Space, agreement, index, Time = At(entry), provider, consumer, product, Terms = FiledTerms.NotFiled });

    private static bool IsProvider(UnitOfWork unit, EvidenceEntry entry) => PartiesOf(unit, entry.Agreement!) is not { } parties || parties.Provider == entry.Source;

    private static Parties? PartiesOf(UnitOfWork unit, string agreement) => unit.Find<Parties>(
        "SELECT provider AS Provider, consumer AS Consumer, product AS Product FROM audit_agreements WHERE space_id = @Space AND agreement = @agreement", new { unit.Space, agreement });

    private static void Flow(UnitOfWork unit, long index, EvidenceEntry entry, string flow, long? started, long? receipt) => unit.Execute(
        """
        INSERT INTO audit_flows (space_id, agreement, flow, first_idx, first_at, started_idx, receipt_idx, gap)
        VALUES (@Space, @Agreement, @flow, @index, @Time, @started, @receipt, CASE WHEN @receipt IS NULL THEN @NoReceipt ELSE @NoTransfer END)
        ON CONFLICT (space_id, agreement, flow) DO UPDATE SET
            started_idx = coalesce(audit_flows.started_idx, excluded.started_idx), receipt_idx = coalesce(audit_flows.receipt_idx, excluded.receipt_idx),
            gap = CASE WHEN coalesce(audit_flows.started_idx, excluded.started_idx) IS NULL THEN @NoTransfer WHEN coalesce(audit_flows.receipt_idx, excluded.receipt_idx) IS NULL THEN @NoReceipt END
        """,
        new
        {
            unit.Space,
            entry.Agreement,
            flow,
            index,
            Time = At(entry),
            started,
            receipt,
            NoReceipt = AuditGapKinds.TransferWithoutReceipt,
            NoTransfer = AuditGapKinds.ReceiptWithoutTransfer,
        });

    // A record that was too large for the log stands there by its hash: which side it is of, the agreement says.
    private static void Recorded(UnitOfWork unit, long index, EvidenceEntry entry, Said said)
    {
        var parties = PartiesOf(unit, entry.Agreement!);
        var isProvider = (parties?.Provider ?? said.Text("providerId")) == entry.Source;
        if ((!isProvider && (parties?.Consumer ?? said.Text("consumerId")) != entry.Source) || said.Number("interval") is not { } interval)
        {
            return;
        }

        var side = isProvider ? "provider" : "consumer";
        Interval(unit, index, entry, interval, $"{side}_idx = coalesce({side}_idx, @index), {side}_hash = coalesce({side}_hash, @Hash)", CanonicalJson.Hash(entry.Data), null, null);
    }

    private static void Received(UnitOfWork unit, long index, EvidenceEntry entry, Said said)
    {
        if (said.Number("interval") is { } interval)
        {
            // The newest counts: a consumer may have signed after a dispute was opened.
            Interval(
                unit, index, entry, interval, "receipt_idx = coalesce(receipt_idx, @index), provider_said = coalesce(@ProviderSaid, provider_said), consumer_said = coalesce(@ConsumerSaid, consumer_said)", null, said.Text("provider"), said.Text("consumer"));
        }
    }

    private static void Interval(UnitOfWork unit, long index, EvidenceEntry entry, long interval, string change, string? hash, string? providerSaid, string? consumerSaid)
    {
        var values = new
        {
            unit.Space,
            entry.Agreement,
            Flow = entry.Process,
            interval,
            index,
            Time = At(entry),
            Hash = hash,
            ProviderSaid = providerSaid,
            ConsumerSaid = consumerSaid,
            NoMeter = AuditGapKinds.EvidenceWithoutMeter,
            NoEvidence = AuditGapKinds.MeterWithoutEvidence,
        };
        const string It = "WHERE space_id = @Space AND agreement = @Agreement AND flow = @Flow AND interval_no = @interval";
        unit.Execute("INSERT INTO audit_intervals (space_id, agreement, flow, interval_no, first_idx, first_at) VALUES (@Space, @Agreement, @Flow, @interval, @index, @Time) ON CONFLICT DO NOTHING", values);
        unit.Execute($"UPDATE audit_intervals SET {change} {It}", values);
        unit.Execute(
            $"""
            UPDATE audit_intervals SET gap = CASE
                WHEN receipt_idx IS NULL THEN @NoMeter
                WHEN (provider_said IS NOT NULL AND provider_hash IS DISTINCT FROM provider_said) OR (consumer_said IS NOT NULL AND consumer_hash IS DISTINCT FROM consumer_said) THEN @NoEvidence END
            {It}
            """,
            values);
    }

    // As filed where it is known; else as the source itself says, or has said when it agreed.
    private static string? ProductOf(UnitOfWork unit, EvidenceEntry entry, Said said) =>
        (entry.Agreement is { } filed ? PartiesOf(unit, filed)?.Product : null)
        ?? said.Text("productId") ?? said.Text("dataset") ?? said.Text("product")
        ?? (entry.Agreement is { } agreement
            ? unit.Find<string>("SELECT product FROM audit_agreed WHERE space_id = @Space AND agreement = @agreement AND source = @Source", new { unit.Space, agreement, entry.Source })
            : null);

    // What names no interval counts as used now.
    private static long EndOfUse(Said said) => said.Number("interval") is { } interval and >= 0 && interval < UsageInterval.End
        ? UsageInterval.Start(interval + 1).ToUnixTimeMilliseconds()
        : long.MaxValue;

    private static long At(EvidenceEntry entry) => entry.Time.ToUnixTimeMilliseconds();

    /// <summary>The particulars of an entry: whatever a member has put there.</summary>
    private readonly record struct Said(JsonElement Data)
    {
        public string? Text(string name) =>
            Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        public long? Number(string name) =>
            Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
    }

    private sealed record Parties
    {
        public string Provider { get; init; } = "";

        public string Consumer { get; init; } = "";

        public string? Product { get; init; }
    }
}
