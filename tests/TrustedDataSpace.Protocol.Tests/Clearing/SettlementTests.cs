using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Protocol.Clearing;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Clearing;

public sealed class SettlementTests
{
    private static readonly DateTimeOffset From = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly PricePlan Plan = PricePlan.Read(JsonDocument.Parse(
        """
        {"id":"plan","version":3,"currency":"CNY","components":[
          {"id":"rows","meter":"rows","unitSize":1000,"freeQuota":500,"tierMode":"graduated","tiers":[{"upTo":10000,"price":"0.60"},{"price":"0.50"}]},
          {"id":"calls","meter":"requests","unitSize":1,"price":"0.01"}],
         "minimumFee":"5","subscription":"1","tax":{"name":"VAT","rate":"0.06"},"rounding":{"per":"line","mode":"halfUp","scale":2}}
        """).RootElement);

    [Fact]
    public void First_settlement_is_due_in_full_and_the_same_statement_gives_the_same_bytes()
    {
        var statement = Rate(3_000, 20_000);
        var settlement = Settlement.Of(statement, 2, 0, before: null);
        Assert.Equal((1L, null, statement.Total), (settlement.Revision, settlement.Corrections, settlement.Due));
        Assert.Equal(settlement.Bytes(), Settlement.Of(Rate(20_000, 3_000), 2, 0, before: null).Bytes());
        Assert.StartsWith("st-", settlement.Id, StringComparison.Ordinal);
        Assert.NotEqual(settlement.Id, Settlement.IdOf(statement.AgreementId, statement.From, statement.To, 2));
    }

    [Theory]
    [InlineData(3_000, 20_000)]
    [InlineData(20_000, 3_000)]
    [InlineData(0, 3_000)]
    [InlineData(12_345, 0)]
    public void Correction_is_made_of_new_lines_that_add_up_to_the_difference(long before, long now)
    {
        var first = Settlement.Of(Rate(before), 1, 1, before: null);
        var second = Settlement.Of(Rate(now), 2, 0, first);
        Assert.Equal((2L, first.Hash()), (second.Revision, second.Corrects));
        Assert.Equal(second.Statement.Total - first.Statement.Total, second.Due);
        Assert.Equal(second.Due, second.Corrections!.Sum(line => line.Amount));
        Assert.DoesNotContain(second.Corrections!, line => line is { Quantity: 0, Amount: 0 });
    }

    [Fact]
    public void Sum_of_all_that_was_due_is_the_last_total()
    {
        Settlement? last = null;
        var due = 0m;
        foreach (var rows in new long[] { 0, 700, 12_000, 11_000, 90_000 })
        {
            last = Settlement.Of(Rate(rows), 1, 0, last);
            due += last.Due;
        }

        Assert.Equal(last!.Statement.Total, due);
    }

    [Fact]
    public void Billed_cost_of_the_export_is_what_is_due_and_a_correction_says_so()
    {
        var first = Settlement.Of(Rate(3_000), 1, 0, before: null);
        var second = Settlement.Of(Rate(20_000), 2, 0, first);
        var table = Csv(FocusExport.Write([first, second]));
        Assert.Equal(first.Due + second.Due, table.Sum(row => decimal.Parse(row["BilledCost"], CultureInfo.InvariantCulture)));
        Assert.All(table, row => Assert.Equal(row["InvoiceId"] == second.Id ? "Correction" : "", row["ChargeClass"]));

        var use = table.First(row => row["SkuId"] == "rows" && row["ListUnitPrice"] == "0.60");
        Assert.Equal(
            ("Usage", "2500", "Rows", "2.5", "1000 Rows", "1.50", "plan/3/rows", "2026-05-01T00:00:00Z"),
            (use["ChargeCategory"], use["ConsumedQuantity"], use["ConsumedUnit"], use["PricingQuantity"], use["PricingUnit"], use["BilledCost"], use["SkuPriceId"], use["BillingPeriodStart"]));
        Assert.Contains(table, row => row["ChargeCategory"] == "Tax");
        Assert.Contains(table, row => row["ChargeCategory"] == "Purchase");
    }

    [Fact]
    public void Name_of_another_party_is_no_formula_and_breaks_no_row()
    {
        var statement = Rate(3_000);
        var odd = statement with { Lines = [statement.Lines[0] with { Component = "=cmd(\"a\"),b" }] };
        var text = FocusExport.Write([Settlement.Of(odd, 1, 0, before: null)]);
        Assert.Contains("\"'=cmd(\"\"a\"\"),b\"", text, StringComparison.Ordinal);
        Assert.Single(Csv(text));
    }

    private static Statement Rate(params long[] rows) => Rating.Statement(
        Plan, Plan.Hash, new AgreementParties("urn:uuid:1", "did:web:p.example", "did:web:c.example"), [.. rows.Where(count => count > 0).Select((count, i) => Record(count, i))], From, From.AddDays(1));

    // Of each count the same interval, whatever the order.
    private static UsageRecord Record(long rows, int i)
    {
        var interval = UsageInterval.At(From) + (rows % 1_000) + (rows / 1_000);
        return new UsageRecord
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"flow/{interval}/{i}"),
            Source = "did:web:p.example",
            AgreementId = "urn:uuid:1",
            ProductId = "product",
            ProviderId = "did:web:p.example",
            ConsumerId = "did:web:c.example",
            Flow = "flow",
            Interval = interval,
            From = UsageInterval.Start(interval),
            To = UsageInterval.Start(interval + 1),
            Counts = [new UsageCounts { Purpose = "inference", Outcome = UsageOutcomes.Ok, Requests = 3, Rows = rows, Bytes = 10 * rows }],
            Leaves = 3,
            LeafRoot = "AAAA",
        };
    }

    private static List<Dictionary<string, string>> Csv(string text)
    {
        var rows = new List<List<string>> { new() };
        var field = new System.Text.StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                if (quoted && i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append(text[i++]);
                }
                else
                {
                    quoted = !quoted;
                }
            }
            else if (!quoted && text[i] is ',' or '\n')
            {
                rows[^1].Add(field.ToString());
                field.Clear();
                if (text[i] == '\n')
                {
                    rows.Add([]);
                }
            }
            else if (quoted || text[i] != '\r')
            {
                field.Append(text[i]);
            }
        }

        return [.. rows.Skip(1).Where(row => row.Count > 0).Select(row => rows[0].Zip(row).ToDictionary(pair => pair.First, pair => pair.Second))];
    }
}
