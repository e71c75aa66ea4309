using System.Text.Json;
using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>A kind of message.</summary>
/// <param name="Path">Below the process.</param>
/// <param name="Type">Its <c>@type</c>.</param>
/// <param name="State">The state that it leads to.</param>
/// <param name="HasAnswer">Whether the kit answers it with a document, or with an empty body.</param>
internal sealed record KitMessage(string Path, string Type, string State, bool HasAnswer = true)
{
    public static KitMessage Request { get; } = new("request", "ContractRequestMessage", NegotiationStates.Requested);

    public static KitMessage Offer { get; } = new("offers", "ContractOfferMessage", NegotiationStates.Offered);

    public static KitMessage Accepted { get; } = new("events", "ContractNegotiationEventMessage", NegotiationStates.Accepted, HasAnswer: false);

    public static KitMessage Agreement { get; } = new("agreement", "ContractAgreementMessage", NegotiationStates.Agreed, HasAnswer: false);

    public static KitMessage Verification { get; } = new("agreement/verification", "ContractAgreementVerificationMessage", NegotiationStates.Verified, HasAnswer: false);

    public static KitMessage Finalized { get; } = new("events", "ContractNegotiationEventMessage", NegotiationStates.Finalized, HasAnswer: false);

    public static KitMessage Termination { get; } = new("termination", "ContractNegotiationTerminationMessage", NegotiationStates.Terminated);

    public static KitMessage TransferRequest { get; } = new("request", "TransferRequestMessage", TransferStates.Requested);

    public static KitMessage Start { get; } = new("start", "TransferStartMessage", TransferStates.Started);

    public static KitMessage Suspension { get; } = new("suspension", "TransferSuspensionMessage", TransferStates.Suspended);

    public static KitMessage Completion { get; } = new("completion", "TransferCompletionMessage", TransferStates.Completed);

    public static KitMessage TransferTermination { get; } = new("termination", "TransferTerminationMessage", TransferStates.Terminated);

    /// <summary>Whether a message is of this kind.</summary>
    public bool Is(JsonElement message) =>
        DspJson.TypeOf(message) == Type && (Path != "events" || (message.TryGetProperty("eventType", out var happened) && happened.ValueEquals(State)));
}
