using System.Diagnostics;
using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>
/// One run: many short contracts, each used, ended and receipted, while either connector is killed in the moments in which records are made, signed,
/// exchanged, submitted and taken in. At the end every interval has settled with equal meters, or is a dispute by name.
/// </summary>
public sealed class ReceiptKillRun
{
    private const string Product = "receipted";
    private const int Workers = 3;

    // Between the end of a transfer and the authority's word on its receipt.
    private const int LongestAim = 250;

    // What a lease of uses has at most: a kill may lose so many, and no more.
    private const long OpenLease = 64;

    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(3);

    // A row costs a cent.
    private static readonly object Plan = new
    {
        id = "rows",
        version = 1,
        currency = "CNY",
        components = new[] { new { id = "rows", meter = "rows", unitSize = 1, price = "0.01" } },
        rounding = new { per = "line", mode = "halfUp", scale = 2 },
    };

    private readonly KillableSpace space;
    private readonly List<Receipt> all = [];
    private readonly List<string> problems = [];
    private readonly Dictionary<string, int> states = [];

    private ReceiptKillRun(KillableSpace space) => this.space = space;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems => problems;

    private string Seed { get; init; } = "";

    private Books Books { get; set; } = null!;

    private int Cleared { get; set; }

    private TimeSpan Time { get; set; }

    private IReadOnlyDictionary<string, int> Kills { get; set; } = new Dictionary<string, int>();

    /// <summary>Runs it.</summary>
    /// <param name="kills">How many.</param>
    /// <param name="dice">Choices.</param>
    /// <param name="clears">Whether all is settled and signed afterwards, with a kill at each agreement: some minutes more, for a period is settled three minutes after its end.</param>
    public static async Task<ReceiptKillRun> RunAsync(int kills, Dice dice, bool clears)
    {
        var watch = Stopwatch.StartNew();
        await using var space = await KillableSpace.StartAsync();
        var run = new ReceiptKillRun(space) { Seed = dice.SeedText };
        await space.PublishAsync(Product, pricePlan: Plan);
        await using var load = new Load(space, dice);
        for (var i = 0; i < Workers; i++)
        {
            load.Negotiate(Product);
        }

        for (var done = 0; done < kills; done++)
        {
            await load.EndedAsync().Within("a transfer to end");
            await Task.Delay(dice.Next(LongestAim));
            await (dice.Next(2) == 0 ? space.Provider : space.Consumer).KillAndStartAsync();
        }

        await load.StopAsync();
        run.Books = await Books.CloseAsync(space, new Dictionary<string, int>());
        run.problems.AddRange(run.Books.Problems);
        await run.ReceiptsAsync();
        if (clears)
        {
            await run.ClearAsync(dice);
        }

        (run.Time, run.Kills) = (watch.Elapsed, space.Members.ToDictionary(member => member.Name, member => member.Kills));
        return run;
    }

    /// <summary>For the report: Markdown.</summary>
    public string ToTable()
    {
        var table = new StringBuilder("| what | how many |\n|---|---|\n");
        Add("seed", $"`{Seed}`");
        foreach (var (name, count) in Kills)
        {
            Add("kills of the " + name, count);
        }

        foreach (var (state, count) in states.OrderBy(state => state.Key, StringComparer.Ordinal))
        {
            Add("receipts " + state, count);
        }

        Add("transfers finished", Books.Transfers);
        Add("pairs of equal records", Books.Records);
        Add("settlements signed by both", Cleared);
        Add("differences found", problems.Count);
        Add("time", string.Create(CultureInfo.InvariantCulture, $"{Time.TotalSeconds:F0} s"));
        return table.ToString();

        void Add(string what, object value) => table.Append(CultureInfo.InvariantCulture, $"| {what} | {value} |\n");
    }

    private async Task ReceiptsAsync()
    {
        foreach (var agreement in await space.Provider.ListAsync<AgreementView>(ManagementRoutes.Agreements))
        {
            var records = await space.Provider.ListAsync<UsageRecord>($"{ManagementRoutes.UsageRecords}?agreement={Uri.EscapeDataString(agreement.Id)}");
            var receipts = new List<Receipt>();
            await space.Authority.UntilAsync("to have all receipts of " + agreement.Id, async () =>
                (receipts = await space.Authority.ListAsync<Receipt>(AuthorityRoutes.ReceiptsOf(agreement.Id))).Count >= records.Count);
            all.AddRange(receipts);
            foreach (var receipt in receipts)
            {
                states[receipt.State] = states.GetValueOrDefault(receipt.State) + 1;
                await CheckAsync(receipt, records.Where(record => record.Flow == receipt.Flow && record.Interval == receipt.Interval).ToList());
            }
        }
    }

    // Each agreement is settled for its own minutes, and signed by both, while one of the two is killed.
    private async Task ClearAsync(Dice dice)
    {
        var end = UsageInterval.Start(all.Max(receipt => receipt.Interval) + 1);
        if (end + Hold - TimeProvider.System.GetUtcNow() is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait + TimeSpan.FromSeconds(1));
        }

        foreach (var receipts in all.GroupBy(receipt => receipt.Agreement))
        {
            var (from, to) = (UsageInterval.Start(receipts.Min(receipt => receipt.Interval)), UsageInterval.Start(receipts.Max(receipt => receipt.Interval) + 1));
            var issued = await space.Authority.PostAsync<SettlementView>(AuthorityRoutes.Settlements, new SettlementRequest(receipts.Key, from, to));
            var signing = Task.WhenAll(SignAsync(space.Provider, issued), SignAsync(space.Consumer, issued));
            await Task.Delay(dice.Next(LongestAim));
            await (dice.Next(2) == 0 ? space.Provider : space.Consumer).KillAndStartAsync();
            await signing;
            var signed = await space.Authority.GetAsync<SettlementView>(AuthorityRoutes.ForSettlement(issued.Settlement.Id));
            var rows = receipts.Where(receipt => receipt.Counts is not null).SelectMany(receipt => receipt.Counts!).Where(counts => counts.Outcome is UsageOutcomes.Ok or UsageOutcomes.Cut).Sum(counts => counts.Rows);
            if (signed.State != SettlementStates.Agreed || signed.Settlement.Due != rows / 100m)
            {
                problems.Add($"settlement {signed.Settlement.Id} is {signed.State} over {signed.Settlement.Due}, used were {rows} rows");
            }

            Cleared++;
        }
    }

    private static Task SignAsync(Member member, SettlementView issued) => member.UntilAsync("to have signed " + issued.Settlement.Id, async () =>
    {
        await member.PostAsync<SettlementView>(ManagementRoutes.For(ManagementRoutes.SettlementSignature, issued.Settlement.Id), new SettlementConsent(issued.Hash));
        return true;
    });

    private async Task CheckAsync(Receipt receipt, List<UsageRecord> records)
    {
        var name = $"{receipt.Flow}/{receipt.Interval}";
        if (records.Count != 1)
        {
            problems.Add($"receipt {name}: the provider has {records.Count} records of it");
        }
        else if (receipt.State == ReceiptStates.Settled)
        {
            if (!records[0].Counts.SequenceEqual(receipt.Counts!))
            {
                problems.Add($"receipt {name} settles something else than the provider has recorded");
            }
        }
        else if (receipt.Dispute is not { } id)
        {
            problems.Add($"receipt {name} is {receipt.State} and no dispute");
        }
        else
        {
            var differing = await space.Authority.ListAsync<LeafDifference>(AuthorityRoutes.ForDispute(id, AuthorityRoutes.DisputeDifferences));
            if (differing.Count > OpenLease)
            {
                problems.Add($"dispute {id} of {name} is about {differing.Count} uses, more than a lease has");
            }
        }
    }
}
