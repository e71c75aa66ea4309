using System.Globalization;
using System.Text.Json;
using TrustedDataSpace.Authority.Bundles;
using TrustedDataSpace.Policy.Rego;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Participants;

/// <summary>Asks the space's policies about a step of a membership (<c>policies/tds/membership.rego</c>). What they do not answer plainly is a no.</summary>
internal sealed class MembershipPolicy(SpacePolicies policies, AuthoritySettings settings, TimeProvider clock)
{
    public const string Apply = "apply";
    public const string Admit = "admit";
    public const string Suspend = "suspend";
    public const string Leave = "leave";
    public const string Change = "change";

    /// <summary>The authority's own DID, which nobody else can have.</summary>
    public string Authority => settings.Participant.Id;

    /// <summary>Most applications that wait at a time.</summary>
    public int MaxPending => settings.Membership.MaxPending;

    /// <summary>Asks; returns whether a person of the operator has to decide now.</summary>
    /// <exception cref="RefusalException">PolicyRefused: denied, with all reasons.</exception>
    public bool Require(string step, ParticipantRow participant)
    {
        var organisation = participant.ReadOrganisation();
        var question = JsonSerializer.SerializeToElement(new
        {
            step,
            space = settings.Space.Id,
            today = clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            by_policy_alone = settings.Membership.Admission == MembershipOptions.ByPolicy,
            organisation_required = settings.Membership.OrganisationRequired,
            participant = new { id = participant.Id, state = participant.State, region = participant.Region, roles = participant.RoleList },
            organisation = organisation is null ? null : OrganisationOf(organisation),
        });
        return Read(Ask(question));
    }

    // What has no value is left out: a layer that asks for it then finds nothing.
    private static Dictionary<string, object> OrganisationOf(Organisation organisation)
    {
        var facts = new Dictionary<string, object> { ["legal_name"] = organisation.LegalName };
        if (organisation.CreditCode is { } code)
        {
            facts["credit_code"] = code;
        }

        if (organisation.ConnectorCode is { } connector)
        {
            facts["connector_code"] = connector;
        }

        if (organisation.Responsible.AuthorisedUntil is { } until)
        {
            facts["authorised_until"] = until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        }

        return facts;
    }

    private RegoValue? Ask(JsonElement question)
    {
        try
        {
            return policies.AskMembership(question);
        }
        catch (RegoEvaluationException failure)
        {
            throw new RefusalException(RefusalCode.PolicyRefused, $"The space's policies could not decide: {failure.Message}", failure) { Term = "membership", Remedy = "the operator of the space must mend them" };
        }
    }

    private static bool Read(RegoValue? answer) => answer is RegoObject decision && decision["result"] is RegoString result
        ? result.Value switch
        {
            "allowed" => false,
            "review" => true,
            _ => throw Denied(decision),
        }
        : throw Unreadable();

    private static RefusalException Denied(RegoObject decision)
    {
        var reasons = (decision["reasons"] as RegoArray)?.OfType<RegoObject>()
            .Select(reason => new RefusalReason(Text(reason, "code") ?? "denied", Text(reason, "term"), Text(reason, "message") ?? "the space's policies deny it", Text(reason, "remedy")))
            .ToList();
        return reasons is [var first, ..]
            ? new RefusalException(RefusalCode.PolicyRefused, first.Message) { Term = first.Term, Remedy = first.Remedy, Reasons = reasons }
            : Unreadable();
    }

    private static RefusalException Unreadable() =>
        new(RefusalCode.PolicyRefused, "The space's policies give no readable answer about this membership.") { Term = "membership", Remedy = "the operator of the space must mend them" };

    private static string? Text(RegoObject value, string name) => (value[name] as RegoString)?.Value;
}
