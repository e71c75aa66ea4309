using System.Collections.Frozen;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Agreements;

/// <summary>
/// Terms that people know and this version does not keep: each is refused when it is offered, with what comes nearest. A contract never
/// promises what nothing carries out.
/// </summary>
internal static class RefusedTerms
{
    private const string NoDuty = "leave it out: this version carries out no such duty";
    private const string OnlyBeforeRelease = "evidence is written before a release, and here is none";

    /// <summary>Left operands by canonical name: why not, and what instead.</summary>
    public static FrozenDictionary<string, (string Message, string Remedy)> Operands { get; } = new Dictionary<string, (string, string)>
    {
        ["tds:dataField"] = ("a constraint does not choose columns", "name the columns in tds:delivery of the policy: others are left out while data flows"),
        ["tds:valueExpression"] = ("a constraint does not choose rows", "give the conditions in tds:delivery of the policy: other rows are left out while data flows"),
        ["tds:encryptMode"] = ("data is not encrypted beyond its transport", "leave it out: connectors speak HTTPS with each other"),
        ["payAmount"] = ("an amount is no term of its own", "agree prices in tds:pricePlan of the policy; with \"prepaid\": true nothing flows before it is paid"),
        ["event"] = ("an event is no fact by itself", "name the signal it is told by: tds:signal/NAME"),
        ["tds:envState"] = ("an environment has many states", "name the signal it is told by: tds:signal/NAME"),
        ["delayPeriod"] = ("a delay is not measured", "write dateTime, elapsedTime or tds:timeWindow"),
        ["percentage"] = ("a part of the data is not measured", "limit it by tds:rows or tds:bytes"),
    }.ToFrozenDictionary();

    // By action; what is not here is refused as well.
    private static readonly FrozenDictionary<string, (string Message, string Remedy)> Duties = new Dictionary<string, (string, string)>
    {
        ["delete"] = ("deletion at the consumer is not proved", "leave it out, or agree on it outside: nothing here would block the next use for want of a proof"),
        ["tds:log"] = (OnlyBeforeRelease, "write it as a duty of the permission: evidence before each release"),
        ["tds:logRecordSend"] = (OnlyBeforeRelease, "write it as a duty of the permission: evidence before each release"),
        ["inform"] = ("notice is given before a release, and here is none", "write it as a duty of the permission: notice before each release"),
        ["compensate"] = ("payment is no duty of its own", "agree prices in tds:pricePlan of the policy; with \"prepaid\": true nothing flows before it is paid"),
        ["anonymize"] = ("data is not anonymised while it flows", "leave columns and rows out by tds:delivery of the policy, or offer a source that is anonymised"),
        ["tds:mask"] = ("data is not masked while it flows", "leave columns and rows out by tds:delivery of the policy, or offer a source that is masked"),
        ["tds:pseudonymize"] = ("data is not pseudonymised while it flows", "leave columns and rows out by tds:delivery of the policy"),
        ["aggregate"] = ("data is not aggregated while it flows", "offer a source that aggregates"),
        ["transform"] = ("data is not transformed while it flows", "leave columns and rows out by tds:delivery of the policy"),
        ["watermark"] = ("no watermark is put on data", "leave it out"),
        ["nextPolicy"] = ("policies of derived data are not checked", "prohibit distribute: that is shown as attested"),
        ["obtainConsent"] = ("consent is no duty here", "write the constraint tds:consent: whose consent has to be in force"),
    }.ToFrozenDictionary();

    /// <summary>Refuses each duty in its place.</summary>
    public static IEnumerable<PolicyProblem> RefuseDuties(JsonElement duties, string path)
    {
        var index = 0;
        foreach (var duty in OneOrMany.Items(duties))
        {
            var at = $"{path}[{index++}]";
            var name = duty.ValueKind == JsonValueKind.Object
                ? duty.EnumerateObject().Where(member => OdrlName.Canonical(member.Name) == "action").Select(member => OneOrMany.Name(member.Value)).FirstOrDefault()
                : null;
            yield return name is not null && Duties.TryGetValue(OdrlName.Canonical(name), out var known)
                ? new(at, $"the duty '{name}' is not carried out: {known.Message}", known.Remedy)
                : new(at, name is null ? "a duty is not supported" : $"the duty '{name}' is not carried out", NoDuty);
        }
    }
}
