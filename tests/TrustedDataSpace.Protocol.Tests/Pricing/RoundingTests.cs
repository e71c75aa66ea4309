using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

public sealed class RoundingTests
{
    // Price of one row, rows, amount.
    [Theory]
    [InlineData("0.005", 1, "0.01", "0.00")]
    [InlineData("0.005", 3, "0.02", "0.02")]
    [InlineData("0.005", 5, "0.03", "0.02")]
    [InlineData("0.00499999", 1, "0.00", "0.00")]
    [InlineData("0.00500001", 1, "0.01", "0.01")]
    [InlineData("0.015", 1, "0.02", "0.02")]
    public void Half_goes_where_the_plan_says(string price, long rows, string up, string even)
    {
        var record = Records.At(0, Records.Rows(rows));
        Assert.Equal(up, Text(Plans.One(price).Read().Rate(record).Total));
        Assert.Equal(even, Text(Plans.One(price, mode: "halfEven").Read().Rate(record).Total));
    }

    [Theory]
    [InlineData(0, "2")]
    [InlineData(1, "1.5")]
    [InlineData(2, "1.50")]
    [InlineData(6, "1.500000")]
    public void Amounts_have_the_decimals_of_the_plan(int scale, string amount) =>
        Assert.Equal(amount, Text(Plans.One("1.5", scale: scale).Read().Rate(Records.At(0, Records.Rows(1))).Total));

    [Fact]
    public void Amount_without_a_decimal_form_is_rounded_once_from_the_exact_value()
    {
        // 1/96 of 0.48 is exactly half a cent; 1/3 of anything has no end.
        Assert.Equal("0.01", Text(Plans.One("0.48", unitSize: 96).Read().Rate(Records.At(0, Records.Rows(1))).Total));
        Assert.Equal("33.33", Text(Plans.One("100", unitSize: 3).Read().Rate(Records.At(0, Records.Rows(1))).Total));

        // Below half by less than the 28 digits of a decimal can tell: cut to them first, it would be rounded up.
        var amount = new ExactAmount(System.Numerics.BigInteger.Pow(10, 40) - 1, 2 * System.Numerics.BigInteger.Pow(10, 42));
        Assert.Equal(0.00m, Rule("line").Round(amount));
    }

    [Fact]
    public void Thirds_add_up_exactly_when_the_invoice_is_rounded()
    {
        var third = Plans.One("1", unitSize: 3, per: "invoice").WithFirst("phase", "train")
            .Plus(Plans.Component("c1", "1", 3, phase: "infer"))
            .Plus(Plans.Component("c2", "1", 3, phase: "other"));
        var record = Records.At(0, Records.Rows(1, "train"), Records.Rows(1, "infer"), Records.Rows(1, "credit"));

        var statement = third.Read().Rate(record);

        Assert.Equal(["0.33", "0.33", "0.33", "0.01"], statement.Lines.Select(l => Text(l.Amount)));
        Assert.Equal((StatementLineKinds.Rounding, "1.00"), (statement.Lines[^1].Kind, Text(statement.Total)));
        Assert.Equal("0.99", Text(third.With("rounding", Plans.One("1")["rounding"]!.DeepClone()).Read().Rate(record).Total));
    }

    // Token prices of an alloy assistant, whose lines are counted in rows, requests and bytes here: 4.9152 + 0.24576 + 22.73280.
    [Theory]
    [InlineData("line", "27.90", new[] { "4.92", "0.25", "22.73" })]
    [InlineData("invoice", "27.89", new[] { "4.92", "0.25", "22.73", "-0.01" })]
    public void Invoice_differs_from_its_rounded_lines_and_says_so(string per, string total, string[] lines)
    {
        var plan = Plans.One("4.00", 1_000_000, "rows", per)
            .Plus(Plans.Component("cached", "0.80", 1_000_000, "requests"))
            .Plus(Plans.Component("output", "12.00", 1_000_000, "bytes"));
        var counts = Records.Rows(1_228_800) with { Requests = 307_200, Bytes = 1_894_400 };

        var statement = plan.Read().Rate(Records.At(0, counts));

        Assert.Equal(lines, statement.Lines.Select(l => Text(l.Amount)));
        Assert.Equal(total, Text(statement.Total));
    }

    private static RoundingRule Rule(string per) => new() { Per = per, Mode = RoundingRule.HalfUp, Scale = 2 };

    private static string Text(decimal amount) => amount.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
