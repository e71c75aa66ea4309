using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>
/// The sums that the lines of a statement need, record by record: no record is kept, so that the memory of a statement depends on its plan
/// and not on how many records it has.
/// </summary>
internal sealed class UsageTotals
{
    // Purposes are the contract's, and few; this bounds what a contract with very many could hold.
    private const int MaxPlaces = 4096;

    private readonly PricePlan plan;
    private readonly string[] meters;
    private readonly Dictionary<(string Purpose, string Outcome), Place[]> places = [];
    private readonly Dictionary<(string Meter, string Phase, string Outcome), UsageTotal> notBilled = [];
    private readonly Dictionary<int, SortedDictionary<string, UsageTotal>> byParty = [];
    private long records;

    public UsageTotals(PricePlan plan)
    {
        this.plan = plan;
        meters = [.. plan.Components.Select(c => c.Meter).Distinct().Order(StringComparer.Ordinal)];
        Paid = [.. plan.Components.Select(_ => new UsageTotal())];
        Free = [.. plan.Components.Select(_ => new UsageTotal())];
    }

    /// <summary>What each component bills, in the order of the plan.</summary>
    public IReadOnlyList<UsageTotal> Paid { get; }

    /// <summary>What each component would bill were its purpose not free.</summary>
    public IReadOnlyList<UsageTotal> Free { get; }

    /// <summary>What each component that is billed by party bills for each of them, in the order of their names; by its place in the plan.</summary>
    public IReadOnlyDictionary<int, SortedDictionary<string, UsageTotal>> ByParty => byParty;

    /// <summary>What no component bills, by meter, phase and outcome.</summary>
    public IEnumerable<((string Meter, string Phase, string Outcome) Key, UsageTotal Total)> NotBilled => notBilled
        .OrderBy(n => n.Key.Meter, StringComparer.Ordinal).ThenBy(n => n.Key.Phase, StringComparer.Ordinal).ThenBy(n => n.Key.Outcome, StringComparer.Ordinal)
        .Select(n => (n.Key, n.Value));

    /// <summary>Adds a record, or nothing of it.</summary>
    /// <exception cref="RefusalException">Conflict: a count that its price needs is not known.</exception>
    /// <exception cref="OverflowException">A sum is beyond 2^63: no more can be added.</exception>
    public void Add(UsageRecord record)
    {
        foreach (var counts in record.Counts)
        {
            RequireKnown(record, counts);
        }

        records++;
        foreach (var counts in record.Counts)
        {
            foreach (var place in Places(counts))
            {
                place.Total.Add(PriceMeters.Of(counts, place.Meter) ?? 0, records);
                if (place.PartiesOf is { } component)
                {
                    AddParties(counts, component);
                }
            }
        }
    }

    private void RequireKnown(UsageRecord record, UsageCounts counts)
    {
        foreach (var place in Places(counts))
        {
            if (PriceMeters.Of(counts, place.Meter) is null && place.Billed)
            {
                throw RatedRecords.NotCounted(record, place.Meter);
            }

            if (place.PartiesOf is null)
            {
                continue;
            }

            // What the parties have must be all there is: else somebody's would be billed to nobody.
            var parties = counts.TokensDataBy ?? throw RatedRecords.NotCounted(record, "parties of retrieved data");
            if (place.Meter == PriceMeters.Rows && parties.Sum(part => (decimal)part.Rows) != counts.Rows)
            {
                throw RatedRecords.NotCounted(record, "parties of all rows");
            }
        }
    }

    private void AddParties(UsageCounts counts, int component)
    {
        var byRows = plan.Components[component].Meter == PriceMeters.Rows;
        foreach (var part in counts.TokensDataBy!)
        {
            var totals = byParty.TryGetValue(component, out var found) ? found : byParty[component] = new(StringComparer.Ordinal);
            var total = totals.TryGetValue(part.Party, out var known) ? known : totals[part.Party] = new UsageTotal();
            total.Add(byRows ? part.Rows : part.Tokens, records);
        }
    }

    private Place[] Places(UsageCounts counts)
    {
        if (!places.TryGetValue((counts.Purpose, counts.Outcome), out var found))
        {
            if (places.Count == MaxPlaces)
            {
                places.Clear();
            }

            places[(counts.Purpose, counts.Outcome)] = found = PlacesOf(counts);
        }

        return found;
    }

    private Place[] PlacesOf(UsageCounts counts)
    {
        var phase = counts.Phase;
        var of = new List<Place>();
        foreach (var meter in meters)
        {
            var component = Enumerable.Range(0, plan.Components.Count)
                .FirstOrDefault(i => plan.Components[i].Meter == meter && plan.Components[i].Bills(phase, counts.Outcome), -1);
            if (component >= 0)
            {
                var isFree = plan.FreePurposes.Contains(counts.Purpose);
                of.Add(new Place((isFree ? Free : Paid)[component], meter, Billed: true) { PartiesOf = plan.Components[component].PerParty && !isFree ? component : null });
                continue;
            }

            if (!notBilled.TryGetValue((meter, phase, counts.Outcome), out var total))
            {
                notBilled[(meter, phase, counts.Outcome)] = total = new UsageTotal();
            }

            of.Add(new Place(total, meter, Billed: false));
        }

        return [.. of];
    }

    private readonly record struct Place(UsageTotal Total, string Meter, bool Billed)
    {
        /// <summary>The component, where it is billed by party.</summary>
        public int? PartiesOf { get; init; }
    }
}
