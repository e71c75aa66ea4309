using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Benchmarks;

/// <summary>
/// What rating costs, on one thread: a statement over records that are read from their JSON text one by one, as a connector reads them
/// from its table (budget for 10,000,000: 2 minutes and 500 MB), and flow-interval records in memory (budget: 200,000 a second).
/// </summary>
internal static class RatingRun
{
    public const int UsualRecords = 10_000_000;

    private const int InMemory = 500_000;
    private const int Flows = 250;
    private const string Provider = "did:web:grid.example";
    private const string Consumer = "did:web:vpp.example";

    private static readonly long First = UsageInterval.At(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
    private static readonly AgreementParties Parties = new("urn:uuid:0197a2b4-0000-7c3a-9f00-1234567890ab", Provider, Consumer);

    public static void Run(int records)
    {
        Rate(Texts(50_000).Select(Read), InMemory);
        var (statement, wall, cpu) = Rate(Texts(records).Select(Read), records);
        Report("records from their text", records, wall, cpu, statement);

        // Before the other part, which holds all of its records.
        using (var process = Process.GetCurrentProcess())
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak of resident memory until then: {process.PeakWorkingSet64 / 1e6:N0} MB; heap now: {GC.GetTotalMemory(true) / 1e6:N0} MB"));
        }

        var prepared = Texts(InMemory).Select(Read).ToList();
        Rate(prepared.Take(50_000), InMemory);
        (statement, wall, cpu) = Rate(prepared, InMemory);
        Report("records in memory", InMemory, wall, cpu, statement);
    }

    private static (Statement Statement, TimeSpan Wall, TimeSpan Cpu) Rate(IEnumerable<UsageRecord> records, int count)
    {
        using var process = Process.GetCurrentProcess();
        var (watch, before) = (Stopwatch.StartNew(), process.TotalProcessorTime);
        var plan = PricePlan.Read(ProtocolJson.Parse(
            """
            {
              "id": "grid", "version": 1, "currency": "CNY",
              "components": [
                { "id": "train", "meter": "rows", "unitSize": 1000, "price": "0.60", "phase": "train" },
                { "id": "infer", "meter": "rows", "unitSize": 1000, "phase": "infer", "tierMode": "graduated",
                  "tiers": [ { "upTo": 1000000, "price": "1.00" }, { "price": "0.80" } ] },
                { "id": "calls", "meter": "requests", "unitSize": 1, "price": "0.001" }
              ],
              "rounding": { "per": "line", "mode": "halfUp", "scale": 2 }
            }
            """u8));
        var rater = new StatementRater(plan, plan.Hash, Parties, UsageInterval.Start(First), UsageInterval.Start(First + (count / Flows) + 1));
        foreach (var record in records)
        {
            rater.Add(record);
        }

        var statement = rater.Statement();
        process.Refresh();
        return (statement, watch.Elapsed, process.TotalProcessorTime - before);
    }

    private static UsageRecord Read(string text) => JsonSerializer.Deserialize<UsageRecord>(text, ProtocolJson.Options)!;

    private static IEnumerable<string> Texts(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var interval = First + (i / Flows);
            var flow = $"0197a2b4-5d1e-7c3a-9f00-{i % Flows:D12}";
            yield return
                $$"""
                {"id":"{{flow}}/{{interval}}","source":"{{Provider}}","type":"{{UsageRecord.RecordType}}","agreementId":"{{Parties.AgreementId}}","productId":"load_curve_96","providerId":"{{Provider}}","consumerId":"{{Consumer}}","flow":"{{flow}}","interval":{{interval}},"from":"{{UsageInterval.Start(interval):yyyy-MM-ddTHH:mm:ssZ}}","to":"{{UsageInterval.Start(interval + 1):yyyy-MM-ddTHH:mm:ssZ}}","counts":[{"purpose":"inference:day-ahead","outcome":"ok","phase":"infer","requests":3,"rows":288,"bytes":9000},{"purpose":"training","outcome":"retry","phase":"train","requests":1,"rows":96,"bytes":3000}],"leaves":4,"leafRoot":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","countedBy":"counted"}
                """;
        }
    }

    private static void Report(string what, int count, TimeSpan wall, TimeSpan cpu, Statement statement) =>
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} {what}: {wall.TotalSeconds:N1} s ({count / wall.TotalSeconds:N0}/s), {cpu.TotalSeconds:N1} s of processor ({count / cpu.TotalSeconds:N0}/s of a core), total {statement.Total} {statement.Currency}"));
}
