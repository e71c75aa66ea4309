using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Protocol.Tests.Pricing;

/// <summary>Price plans as an offer carries them.</summary>
internal static class Plans
{
    /// <summary>The plan of a grid company: training and inference apart, at least 200 a month.</summary>
    public const string Grid = """
        {
          "id": "grid-load-curve", "version": 1, "currency": "CNY",
          "components": [
            { "id": "train", "meter": "rows", "unitSize": 1000, "price": "0.60", "phase": "train" },
            { "id": "infer", "meter": "rows", "unitSize": 1000, "price": "1.00", "phase": "infer" }
          ],
          "minimumFee": "200",
          "rounding": { "per": "line", "mode": "halfUp", "scale": 2 }
        }
        """;

    /// <summary>A plan of one component, without minimum fee.</summary>
    public static JsonObject One(string price, long unitSize = 1, string meter = "rows", string per = "line", string mode = "halfUp", int scale = 2) => new()
    {
        ["id"] = "p",
        ["version"] = 1,
        ["currency"] = "CNY",
        ["components"] = new JsonArray(Component("c0", price, unitSize, meter)),
        ["rounding"] = new JsonObject { ["per"] = per, ["mode"] = mode, ["scale"] = scale },
    };

    public static JsonObject Component(string id, string price, long unitSize = 1, string meter = "rows", string? phase = null) =>
        new() { ["id"] = id, ["meter"] = meter, ["unitSize"] = unitSize, ["price"] = price, ["phase"] = phase };

    public static JsonObject Plus(this JsonObject plan, JsonObject component)
    {
        plan["components"]!.AsArray().Add((JsonNode)component);
        return plan;
    }

    public static JsonObject With(this JsonObject plan, string name, JsonNode? value)
    {
        plan[name] = value;
        return plan;
    }

    public static JsonObject WithFirst(this JsonObject plan, string name, JsonNode? value)
    {
        plan["components"]![0]![name] = value;
        return plan;
    }

    public static PricePlan Read(this JsonNode plan) => PricePlan.Read(ProtocolJson.ToElement(plan));

    public static PricePlan Read(string plan) => PricePlan.Read(ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes(plan)));
}
