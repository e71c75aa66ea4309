using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Policy.Tests.Agreements;

namespace TrustedDataSpace.Policy.Tests;

/// <summary>Questions as a connector puts them, about contracts that went through the compiler.</summary>
internal static class Question
{
    private static readonly string[] StagesBeforeUse = ["catalog", "negotiation"];

    public static string[] Stages { get; } = ["catalog", "negotiation", "transfer", "request", "tick"];

    /// <summary>A request by the assignee at 2026-05-12T09:00:00+08:00, the third under its agreement.</summary>
    public static JsonObject Request(JsonNode policy) => At("request", policy);

    public static JsonObject At(string stage, JsonNode policy)
    {
        var agreement = JsonNode.Parse(AgreementCompiler.Compile(policy.Json()).Document.GetRawText())!.AsObject();
        var question = new JsonObject
        {
            ["version"] = 1,
            ["stage"] = stage,
            ["now_ms"] = 1778547600000,
            ["space"] = "power-grid",
            ["subject"] = new JsonObject
            {
                ["id"] = "did:web:vpp.example",
                ["membership"] = "active",
                ["claims"] = new JsonObject { ["region"] = "44", ["roles"] = new JsonArray("virtual-power-plant") },
            },
            ["action"] = "use",
            ["product"] = new JsonObject { ["id"] = "load_curve_96", ["classification"] = "general" },
            ["agreement"] = agreement,
        };

        if (!StagesBeforeUse.Contains(stage))
        {
            agreement["state"] = "active";
            agreement["filed"] = true;
        }

        if (stage is "request" or "tick")
        {
            question["purpose"] = "inference";
            question["usage"] = new JsonObject { ["count"] = 3 };
        }

        return question;
    }

    public static async Task<PolicyDecision> DecideAsync(this IPolicyEngine engine, JsonNode question) =>
        await engine.DecideAsync(JsonSerializer.SerializeToElement(question), CancellationToken.None);

    public static EmbeddedPolicyEngine BuiltInEngine()
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(PolicyBundle.BuiltIn());
        return engine;
    }
}
