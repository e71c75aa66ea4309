using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Pricing;

/// <summary>Whose agreement is rated. It is given, not taken from the records: a period without use has none, and may still cost the minimum fee.</summary>
/// <param name="AgreementId">The identifier of the agreement.</param>
/// <param name="ProviderId">The DID of who is paid.</param>
/// <param name="ConsumerId">The DID of who pays.</param>
public sealed record AgreementParties(string AgreementId, string ProviderId, string ConsumerId)
{
    /// <summary>The parties of an agreement.</summary>
    /// <exception cref="RefusalException">Malformed: it is not an agreement between two named parties.</exception>
    public static AgreementParties Of(PolicyDocument agreement)
    {
        ArgumentNullException.ThrowIfNull(agreement);
        return agreement is { Type: "Agreement", Id: { Length: > 0 } id, Assigner: { } provider, Assignee: { } consumer }
            ? new AgreementParties(id, provider, consumer)
            : throw new RefusalException(RefusalCode.Malformed, "This is not an agreement with an id, an assigner and an assignee, so nothing can be billed under it.")
            {
                Term = "agreement",
            };
    }
}
