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
        var refusals = new List<RefusalException>();
        var compiled = Try(() => Compile(policy), refusals);
        Try(() => MeterRule.From(policy), refusals);
        Try(() => DeliveryRule.From(policy), refusals);
        Try(() => ToleranceRule.From(policy), refusals);
        Try(() => PricePlan.From(policy), refusals);
        return refusals.Count == 0 ? compiled! : throw Together(refusals);
    }

    private static CompiledPolicy Compile(PolicyDocument policy)
    {
        try
        {
            var compiled = AgreementCompiler.Compile(policy.Element);
            return new CompiledPolicy(
                new CompiledTerms(policy.Id, policy.Hash, compiled.Document),
                [.. compiled.Coverage.Select(View)]);
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

    private static TermCoverageView View(TermCoverage term) =>
        new(term.Term, term.Text, JsonNamingPolicy.CamelCase.ConvertName(term.Word.ToString())) { Where = term.Where, Note = term.Note };

    private static T? Try<T>(Func<T> read, List<RefusalException> refusals)
    {
        try
        {
            return read();
        }
        catch (RefusalException refusal)
        {
            refusals.Add(refusal);
            return default;
        }
    }

    // Who mends a policy is told of everything at once, whichever part of it is read by whom.
    private static RefusalException Together(List<RefusalException> refusals) => refusals.Count == 1
        ? refusals[0]
        : new RefusalException(refusals[0].Code, string.Join(" ", refusals.Select(refusal => refusal.Message)), refusals[0])
        {
            Term = refusals[0].Term,
            Where = refusals[0].Where,
            Remedy = refusals[0].Remedy,
            Reasons = [.. refusals.SelectMany(ReasonsOf)],
        };

    private static IEnumerable<RefusalReason> ReasonsOf(RefusalException refusal) => refusal.Reasons.Count > 0
        ? refusal.Reasons
        : [new RefusalReason(RefusalStatus.WireName(refusal.Code), refusal.Term ?? refusal.Where, refusal.Message, refusal.Remedy)];
}
