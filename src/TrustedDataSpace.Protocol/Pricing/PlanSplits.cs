namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Reads what becomes of the money: tax, platform fee and shares.</summary>
internal static class PlanSplits
{
    public static TaxRule ReadTax(PlanObject tax)
    {
        var read = new TaxRule(tax.Text("name"), tax.Rate("rate"));
        tax.End();
        return read;
    }

    public static RevenueSplits Read(PlanObject splits)
    {
        var read = new RevenueSplits
        {
            PlatformFee = splits.OptionalObject("platformFee") is { } fee ? ReadShare(fee) : null,
            Shares = [.. splits.Objects("shares", PricePlan.MaxShares).Select(ReadShare)],
            ResidueTo = splits.Text("residueTo"),
        };
        splits.End();
        if (read.Shares.Count == 0)
        {
            return read;
        }

        if (read.Shares.DistinctBy(s => s.Party).Count() != read.Shares.Count)
        {
            splits.Unsupported("shares", "a party has two shares", "add them up");
        }

        if (read.Shares.Sum(s => s.Rate) is var sum and not 1)
        {
            splits.Unsupported("shares", $"the rates add up to {sum}", "let them add up to 1: what the platform's fee leaves is divided whole");
        }

        if (read.ResidueTo.Length > 0 && read.Shares.All(s => s.Party != read.ResidueTo))
        {
            splits.Unsupported("residueTo", $"\"{read.ResidueTo}\" has no share", "name the party of a share");
        }

        return read;
    }

    private static RevenueShare ReadShare(PlanObject share)
    {
        var read = new RevenueShare(share.Text("party"), share.Rate("rate"));
        share.End();
        return read;
    }
}
