using System.Text;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Pricing;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

public sealed class DocumentedPlanTests
{
    [Fact]
    public void Plan_in_the_documentation_is_read_and_rated()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "TrustedDataSpace.sln")))
        {
            root = root.Parent!;
        }

        var example = File.ReadAllText(Path.Combine(root.FullName, "docs", "pricing.md")).Split("```json\n")[1].Split("```")[0];
        var plan = PricePlan.Read(ProtocolJson.Parse(Encoding.UTF8.GetBytes("{" + example + "}")).GetProperty(PricePlan.Property));

        var statement = plan.Rate(Records.At(0, Records.Rows(148_800, "training"), Records.Rows(1_510_000)));

        // 89.28 for training; 1,500,000 rows beyond the free ones are 1,000.00 and 400.00.
        Assert.Equal((1489.28m, 1578.64m), (statement.Subtotal, statement.Total));
        Assert.Equal([74.46m, 990.37m, 424.45m], statement.Splits!.Select(s => s.Amount));
    }
}
