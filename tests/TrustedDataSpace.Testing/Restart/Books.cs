using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>What the members of a space must agree on when everything has come to rest. Finds every difference, not the first only.</summary>
public sealed class Books
{
    private readonly KillableSpace space;
    private readonly List<string> problems = [];

    private Books(KillableSpace space) => this.space = space;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems => problems;

    public int Negotiations { get; private set; }

    public int Transfers { get; private set; }

    public int Records { get; private set; }

    public long Entries { get; private set; }

    /// <summary>Uses that were announced before their release.</summary>
    public int Announced { get; private set; }

    /// <summary>Ends all transfers, waits, and compares.</summary>
    /// <param name="space">All its programs run.</param>
    /// <param name="limits">Most uses, of the agreements that have a limit.</param>
    /// <param name="logged">Agreements that ask for evidence before each release.</param>
    public static async Task<Books> CloseAsync(KillableSpace space, IReadOnlyDictionary<string, int> limits, IReadOnlyCollection<string>? logged = null)
    {
        var books = new Books(space);
        var negotiations = await books.NegotiationsAsync();
        var transfers = await books.TransfersAsync();
        foreach (var agreement in await books.AgreementsAsync(negotiations))
        {
            await books.UsageAsync(agreement, limits.TryGetValue(agreement, out var limit) ? limit : null);
        }

        await books.EvidenceAsync(negotiations, transfers);
        foreach (var agreement in logged ?? [])
        {
            await books.AnnouncementsAsync(agreement);
        }

        return books;
    }

    private void Check(bool holds, string problem)
    {
        if (!holds)
        {
            problems.Add(problem);
        }
    }

    private async Task<List<NegotiationView>> NegotiationsAsync()
    {
        var all = new List<NegotiationView>();
        foreach (var member in (Member[])[space.Consumer, space.Provider])
        {
            foreach (var found in await member.ListAsync<NegotiationView>(ManagementRoutes.Negotiations))
            {
                var view = await member.GetAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, found.Id), wait: true);
                Check(view.State == "FINALIZED", $"negotiation {view.Id} of the {member.Name} is {view.State}: {string.Join("; ", view.Reasons)}");
                all.Add(view);
            }
        }

        Negotiations = all.Count / 2;
        var (consumer, provider) = (Agreements(all, "CONSUMER"), Agreements(all, "PROVIDER"));
        Check(consumer.SequenceEqual(provider), $"{consumer.Count} agreements of the consumer are not the {provider.Count} of the provider");
        Check(consumer.Distinct().Count() == consumer.Count, "two negotiations led to one agreement");
        return all;
    }

    private static List<string?> Agreements(List<NegotiationView> all, string role) =>
        [.. all.Where(negotiation => negotiation.Role == role).Select(negotiation => negotiation.AgreementId).Order(StringComparer.Ordinal)];

    private async Task<List<TransferView>> TransfersAsync()
    {
        var all = new List<TransferView>();
        foreach (var found in await space.Consumer.ListAsync<TransferView>(ManagementRoutes.Transfers))
        {
            var view = await space.Consumer.GetAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, found.Id), wait: true);
            if (view.State == "STARTED")
            {
                view = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferTermination, view.Id), new Termination { Reason = "the end" });
            }

            Check(view.State == "TERMINATED", $"transfer {view.Id} of the consumer is {view.State}");
            all.Add(view);
        }

        Transfers = all.Count;
        foreach (var found in await space.Provider.ListAsync<TransferView>(ManagementRoutes.Transfers))
        {
            var view = await space.Provider.GetAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, found.Id) + "?after=STARTED", wait: true);
            Check(view.State == "TERMINATED", $"transfer {view.Id} of the provider is {view.State}");
            all.Add(view);
        }

        var flows = all.CountBy(transfer => (transfer.Flow, transfer.Role)).ToList();
        Check(flows.All(flow => flow.Value == 1) && flows.GroupBy(flow => flow.Key.Flow).All(flow => flow.Count() == 2), "the transfers of the two connectors are not pairs");
        return all;
    }

    private async Task<List<string>> AgreementsAsync(List<NegotiationView> negotiations)
    {
        var concluded = negotiations.Where(negotiation => negotiation.AgreementId is not null).Select(negotiation => negotiation.AgreementId!).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var member in (Member[])[space.Consumer, space.Provider])
        {
            var kept = await member.ListAsync<AgreementView>(ManagementRoutes.Agreements);
            Check(kept.Select(agreement => agreement.Id).Order(StringComparer.Ordinal).SequenceEqual(concluded), $"the {member.Name} keeps {kept.Count} agreements, negotiated were {concluded.Count}");
            Check(member == space.Consumer || kept.All(agreement => agreement.Filed), "the provider has agreements that are not filed");
        }

        return concluded;
    }

    private async Task UsageAsync(string agreement, int? limit)
    {
        var question = "?agreement=" + Uri.EscapeDataString(agreement);
        var provider = await space.Provider.GetAsync<UsageView>(ManagementRoutes.Usage + question, wait: true);
        var consumer = await space.Consumer.GetAsync<UsageView>(ManagementRoutes.Usage + question, wait: true);
        Check(provider.Counts.SequenceEqual(consumer.Counts), $"{agreement}: the provider counted {Text(provider.Counts)}, the consumer {Text(consumer.Counts)}");
        var uses = provider.Counts.Where(count => count.Outcome != UsageOutcomes.Retry).Sum(count => count.Requests);
        Check(limit is null || uses == limit, $"{agreement}: {uses} uses where {limit} are allowed and more were tried");

        var own = (await space.Provider.ListAsync<UsageRecord>(ManagementRoutes.UsageRecords + question)).ToDictionary(record => record.Id);
        var other = (await space.Consumer.ListAsync<UsageRecord>(ManagementRoutes.UsageRecords + question)).ToDictionary(record => record.Id);
        Records += own.Count;
        Check(own.Keys.ToHashSet().SetEquals(other.Keys), $"{agreement}: the provider has {own.Count} records, the consumer {other.Count}");
        foreach (var (id, record) in own.Where(record => other.ContainsKey(record.Key)))
        {
            Check(record.Matches(other[id]), $"record {id}: provider {Text(record.Counts)}, consumer {Text(other[id].Counts)}");
        }

        Check(own.Values.Sum(record => record.Leaves) == provider.Counts.Sum(count => count.Requests), $"{agreement}: the records do not hold all that was counted");
    }

    private static string Text(IEnumerable<UsageCounts> counts) =>
        string.Join(", ", counts.Select(count => $"{count.Requests} {count.Outcome} ({count.Rows} rows, {count.Bytes} bytes)"));

    private async Task EvidenceAsync(List<NegotiationView> negotiations, List<TransferView> transfers)
    {
        var trails = new Dictionary<string, EvidenceStatus>
        {
            [KillableSpace.Grid] = await space.Provider.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence, wait: true),
            [KillableSpace.Vpp] = await space.Consumer.GetAsync<EvidenceStatus>(ManagementRoutes.Evidence, wait: true),
        };

        // The log is read before its export: the authority still logs evidence of its own, and only what was shown must be in the export.
        var log = await LogAsync();
        Entries = log.Count;
        await using var export = new MemoryStream(await space.Authority.Client.GetByteArrayAsync(new Uri(AuthorityRoutes.EvidenceExport, UriKind.Relative)));
        var verification = EvidenceExport.Verify(export);
        Check(verification.Valid, "the log does not verify: " + string.Join("; ", verification.Faults));
        Check(verification.Entries >= log.Count, $"the export has {verification.Entries} entries, the log showed {log.Count} before it");
        foreach (var (source, status) in trails)
        {
            var logged = log.Where(entry => entry.Source == source).Select(entry => entry.Id).ToList();
            Check(status.Entries == status.Logged, $"{source} has logged {status.Logged} of {status.Entries} entries");
            Check(logged.Count == status.Entries && logged.Distinct().Count() == logged.Count, $"{source} has {status.Entries} entries, the log {logged.Count}, different {logged.Distinct().Count()}");
        }

        var changes = log.CountBy(entry => (entry.Process, entry.Kind)).ToDictionary();
        foreach (var negotiation in negotiations)
        {
            Check(changes.GetValueOrDefault((negotiation.Id, EvidenceKinds.NegotiationFinalized)) == 1, $"the end of negotiation {negotiation.Id} is not once in the log");
        }

        foreach (var (transfer, kind) in transfers.SelectMany(transfer => new[] { (transfer, EvidenceKinds.TransferStarted), (transfer, EvidenceKinds.TransferTerminated) }))
        {
            Check(changes.GetValueOrDefault((transfer.Id, kind)) == 1, $"{kind} of transfer {transfer.Id} is not once in the log");
        }
    }

    // What was announced and never released is no use, and its number may be that of another one after a kill; a use that was not announced left without its evidence.
    private async Task AnnouncementsAsync(string agreement)
    {
        var usage = await space.Provider.GetAsync<UsageView>(ManagementRoutes.Usage + "?agreement=" + Uri.EscapeDataString(agreement), wait: true);
        var released = usage.Counts.Sum(count => count.Requests);
        var announced = (await LogAsync()).Where(entry => entry.Kind == EvidenceKinds.ReleaseAnnounced && entry.Agreement == agreement)
            .Select(entry => (entry.Process, entry.Data.GetProperty("interval").GetInt64(), entry.Data.GetProperty("sequence").GetInt64())).ToList();
        Announced += announced.Count;
        var uses = announced.Distinct().Count();
        Check(released <= uses, $"{agreement}: {released} uses were released, {uses} announced");
    }

    private async Task<List<EvidenceEntry>> LogAsync()
    {
        var log = new List<EvidenceEntry>();
        while (true)
        {
            var page = await space.Authority.GetAsync<Page<EvidenceEntry>>(AuthorityRoutes.EvidenceEntriesPage(log.Count, 1000));
            log.AddRange(page.Items);
            if (page.Next is null)
            {
                return log;
            }
        }
    }
}
