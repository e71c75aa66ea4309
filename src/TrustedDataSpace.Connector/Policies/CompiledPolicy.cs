using System.Text.Json;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>A policy that was understood completely.</summary>
/// <param name="Terms">For decisions.</param>
/// <param name="Coverage">For people: what is really done about each term.</param>
internal sealed record CompiledPolicy(CompiledTerms Terms, IReadOnlyList<TermCoverageView> Coverage)
{
    /// <summary>Compiles an ODRL offer or agreement.</summary>
    /// <exception cref="RefusalException">
    /// Unsupported or Malformed, with every term that cannot be kept: nothing is dropped (DESIGN §3 rule 1). That goes for what is
    /// counted, delivered and paid, too: provider and consumer refuse it before there is a contract.
    /// </exception>
    public static CompiledPolicy Of(PolicyDocument policy)
    {
        try
        {
            var compiled = AgreementCompiler.Compile(policy.Element);
            MeterRule.From(policy);
            DeliveryRule.From(policy);
            PricePlan.From(policy);
            return new CompiledPolicy(
                new CompiledTerms(policy.Id, policy.Hash, compiled.Document),
                [.. compiled.Coverage.Select(term => new TermCoverageView(term.Term, term.Text, JsonNamingPolicy.CamelCase.ConvertName(term.Word.ToString())))]);
        }
        catch (PolicyRefusedException refused)
        {
            throw new RefusalException(RefusalCode.Unsupported, refused.Message, refused)
            {
                Term = refused.Problems[0].Path,
                Remedy = refused.Problems[0].Remedy,
                Reasons = [.. refused.Problems.Select(problem => new RefusalReason("unknown_term", problem.Path, problem.Message, problem.Remedy))],
            };
        }
    }
}
