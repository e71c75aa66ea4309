using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>A contract negotiation of the kit.</summary>
internal sealed class KitNegotiation(Kit kit, string test, DspRole role) : KitProcess(kit, role)
{
    private const string OfferPrefix = "offer";

    private readonly string dataset = kit.Settings.Of(test, "DATASETID");
    private readonly string offer = kit.Settings.Of(test, "OFFERID");

    protected override string Collection => "negotiations";

    protected override string StateType => "ContractNegotiation";

    protected override string ErrorType => "ContractNegotiationError";

    /// <summary>Begins: asks the connector for a contract, or has it ask.</summary>
    public Task BeginAsync() => Role == DspRole.Consumer
        ? OpenAsync(KitMessage.Request)
        : AwaitRequestAsync(KitMessage.Request, Kit.Settings.NegotiationInitiateUrl, new JsonObject
        {
            ["providerId"] = Kit.Participant,
            ["connectorAddress"] = Kit.Settings.CallbackAddress,
            ["datasetId"] = dataset,
            ["offerId"] = offer,
        });

    /// <summary>One look, shortly after the message: the state must be visible when the message was acknowledged.</summary>
    public override async Task VerifyAsync(string expected)
    {
        await Task.Delay(KitTiming.BeforeNext);
        if (await LookAsync() is var state && state != expected)
        {
            throw new KitFailureException($"The connector's negotiation is {state}, expected was {expected}.");
        }
    }

    protected override void Fill(KitMessage kind, JsonObject message)
    {
        switch (kind.Type)
        {
            case "ContractRequestMessage":
                message["offer"] = Policy("Offer", offer, dataset, ("assignee", message.ContainsKey("callbackAddress") ? null : Kit.Participant));
                break;
            case "ContractOfferMessage":
                message["offer"] = Policy("Offer", offer, dataset, ("assignee", Kit.Settings.ConnectorId), ("assigner", Kit.Participant));
                break;
            case "ContractAgreementMessage":
                message["agreement"] = Policy(
                    "Agreement",
                    Guid.NewGuid().ToString(),
                    dataset,
                    ("timestamp", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture)),
                    ("assignee", Kit.Settings.ConnectorId),
                    ("assigner", Kit.Participant));
                break;
            case "ContractNegotiationEventMessage":
                message["eventType"] = kind.State;
                break;
            case "ContractNegotiationTerminationMessage":
                message["code"] = "1";
                break;
            default:
                break;
        }
    }

    protected override void JudgeReceived(KitMessage kind, JsonElement message)
    {
        if (kind == KitMessage.Agreement)
        {
            var agreement = message.GetProperty("agreement");
            Kit.Judge(agreement.TryGetProperty("timestamp", out _), "The agreement has no timestamp (DSP §7.2.3)");
            Kit.Judge(agreement.GetProperty("assigner").ValueEquals(Kit.Settings.ConnectorId), "The assigner is not the connector");
            Kit.Judge(agreement.GetProperty("assignee").ValueEquals(Kit.Participant), "The assignee is not the kit");
        }

        // The kit finds its dataset by the id of the offer.
        if (kind == KitMessage.Request && Role == DspRole.Provider)
        {
            Kit.Judge(message.GetProperty("offer").GetProperty("@id").ValueEquals(OfferPrefix + dataset), $"The offer is not {OfferPrefix}{dataset}");
        }
    }

    // As the kit's own model has it: the figure of the protocol, and one offer after another.
    protected override bool May(DspRole by, string? from, string to) =>
        NegotiationStates.May(by, from, to) || (by == DspRole.Provider && from == NegotiationStates.Offered && to == NegotiationStates.Offered);

    protected override KitAnswer TooEarly() => new(0, null, KeepsHandler: true);

    private static JsonObject Policy(string type, string id, string target, params (string Name, string? Value)[] more)
    {
        var policy = new JsonObject
        {
            ["@type"] = type,
            ["@id"] = id,
            ["permission"] = new JsonArray(new JsonObject { ["action"] = "use" }),
            ["target"] = target,
        };
        foreach (var (name, value) in more.Where(property => property.Value is not null))
        {
            policy[name] = value;
        }

        return policy;
    }
}
