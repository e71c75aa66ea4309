using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>What the parties check before they are bound: the consumer the agreement, each side the other's signature.</summary>
internal sealed class AgreementCheck(AgreementService agreements, IPeerDirectory directory, ServiceSettings settings)
{
    /// <summary>What the consumer finds wrong with the agreement that it was sent; empty when it is what is on the table.</summary>
    /// <exception cref="RefusalException">Unavailable: the provider's key cannot be had now.</exception>
    public async Task<IReadOnlyList<string>> DifferencesAsync(NegotiationRecord agreed, CancellationToken cancellation)
    {
        var agreement = agreed.AgreementDocument;
        var wrong = ContractTerms.Differences(agreed.OfferDocument, agreement, agreed.Counterparty, settings.Participant.Id);
        var taken = agreements.Find(agreement.Id) is null ? [] : new[] { "agreement_altered: its id is that of another agreement" };
        return [.. wrong, .. Unreadable(agreement), .. taken, .. await UnsignedAsync(agreed, agreement, cancellation)];
    }

    /// <summary>Refuses a signature that is not the counterparty's. One that is missing is no fault: other connectors do not sign.</summary>
    /// <exception cref="RefusalException">Malformed; Unavailable: the counterparty's key cannot be had now.</exception>
    public async Task RequireSignatureAsync(string counterparty, string? signature, PolicyDocument agreement, CancellationToken cancellation)
    {
        if (signature is null)
        {
            return;
        }

        var fault = FaultOf(signature, agreement, await directory.FindAsync(counterparty, cancellation));
        if (fault?.Term == "kid")
        {
            // The key may have been replaced after the register was asked: a new one may sign as soon as it is registered.
            fault = FaultOf(signature, agreement, await directory.FindAnewAsync(counterparty, cancellation));
        }

        if (fault is not null)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The signature under the agreement is not that of {counterparty}: {fault.Message}", fault)
            {
                Where = $"$['{AgreementSignature.Property}']",
                Remedy = "sign the canonical agreement (RFC 8785) as it was sent, with the key registered at the authority",
            };
        }
    }

    private static RefusalException? FaultOf(string signature, PolicyDocument agreement, PeerRecord peer)
    {
        try
        {
            // While its key is replaced, a peer may still sign with the one before.
            AgreementSignature.Verify(signature, agreement, [peer.Key, .. peer.FormerKeys]);
            return null;
        }
        catch (RefusalException refusal)
        {
            return refusal;
        }
    }

    private async Task<IEnumerable<string>> UnsignedAsync(NegotiationRecord agreed, PolicyDocument agreement, CancellationToken cancellation)
    {
        try
        {
            await RequireSignatureAsync(agreed.Counterparty, agreed.ProviderSignature, agreement, cancellation);
            return [];
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Malformed)
        {
            return ["signature_invalid: " + refusal.Message];
        }
    }

    // The offer was read when it was put on the table, perhaps by an earlier version of this program.
    private static IEnumerable<string> Unreadable(PolicyDocument agreement)
    {
        try
        {
            CompiledPolicy.Of(agreement);
            return [];
        }
        catch (RefusalException refusal)
        {
            return ["agreement_unreadable: " + refusal.Message];
        }
    }
}
