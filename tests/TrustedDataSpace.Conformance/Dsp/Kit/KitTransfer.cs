using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>A transfer process of the kit.</summary>
internal sealed class KitTransfer(Kit kit, string test, DspRole role) : KitProcess(kit, role)
{
    private readonly string agreement = kit.Settings.Of(test, "AGREEMENTID");
    private readonly string format = kit.Settings.Of(test, "FORMAT");

    protected override string Collection => "transfers";

    protected override string StateType => "TransferProcess";

    protected override string ErrorType => "TransferError";

    /// <summary>Begins: asks the connector for data, or has it ask.</summary>
    public Task BeginAsync() => Role == DspRole.Consumer
        ? OpenAsync(KitMessage.TransferRequest)
        : AwaitRequestAsync(KitMessage.TransferRequest, Kit.Settings.TransferInitiateUrl, new JsonObject
        {
            ["providerId"] = Kit.Participant,
            ["connectorAddress"] = Kit.Settings.CallbackAddress,
            ["agreementId"] = agreement,
            ["format"] = format,
        });

    /// <summary>Looks until the state is there, or the time is over.</summary>
    public override async Task VerifyAsync(string expected)
    {
        var begun = Stopwatch.GetTimestamp();
        while (await LookAsync() is var state && state != expected)
        {
            if (Stopwatch.GetElapsedTime(begun) > Kit.Settings.Wait)
            {
                throw new KitFailureException($"The connector's transfer is {state}, expected was {expected}.");
            }

            await Task.Delay(KitTiming.Poll);
        }
    }

    protected override void Fill(KitMessage kind, JsonObject message)
    {
        if (kind == KitMessage.TransferRequest)
        {
            message["agreementId"] = agreement;
            message["format"] = format;
        }
        else if (kind == KitMessage.Suspension || kind == KitMessage.TransferTermination)
        {
            message["code"] = "1";
        }
    }

    protected override void JudgeReceived(KitMessage kind, JsonElement message)
    {
        if (kind == KitMessage.TransferRequest)
        {
            Kit.Judge(message.GetProperty("agreementId").ValueEquals(agreement), $"The agreement is not {agreement}");
            Kit.Judge(message.GetProperty("format").ValueEquals(format), $"The format is not {format}");
        }
    }

    protected override bool May(DspRole by, string? from, string to) => TransferStates.May(by, from, to);

    // And the handler is gone: when the message comes again, nobody is there.
    protected override KitAnswer TooEarly() => Kit.Forgives ? new(0, null, KeepsHandler: true) : new(409, "{}"u8.ToArray());
}
