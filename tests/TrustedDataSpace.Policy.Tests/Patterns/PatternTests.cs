using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Policy.Tests.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Patterns;

/// <summary>
/// The patterns of usage control, each as the offer in <c>samples/patterns</c>: what it allows, what it denies, and at which stage. Changes to
/// the question are written <c>path=JSON</c>, or <c>path</c> alone for a fact that is not there; several are parted by <c>;</c>.
/// </summary>
public sealed class PatternTests
{
    private const string NotMet = "constraint_not_met";
    private const string Missing = "missing_context";

    private static readonly EmbeddedPolicyEngine Engine = Question.BuiltInEngine();

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(RepositoryFolder.Patterns, "*.json").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)];

    [Theory]

    // 1 Party. A role or group of parties may be prohibited beside it.
    [InlineData("01-recipient", "catalog", "", null)]
    [InlineData("01-recipient", "request", "", null)]
    [InlineData("01-recipient", "catalog", "subject/id=\"did:web:rival.example\"", NotMet)]
    [InlineData("01-recipient", "negotiation", "subject/id=\"did:web:rival.example\"", NotMet)]
    [InlineData("01-recipient", "request", "subject/claims/roles=[\"virtual-power-plant\",\"data-broker\"]", "prohibited")]
    [InlineData("01-recipient", "tick", "subject/claims/roles", Missing)]

    // 2 Role and claim. A credential that is revoked takes the facts away.
    [InlineData("02-role-and-claim", "request", "", null)]
    [InlineData("02-role-and-claim", "request", "subject/claims/standards=\"iso-27001\"", null)]
    [InlineData("02-role-and-claim", "request", "subject/claims/standards=[\"soc2\"]", NotMet)]
    [InlineData("02-role-and-claim", "request", "subject/claims/roles=[\"retailer\"]", NotMet)]
    [InlineData("02-role-and-claim", "tick", "subject/claims/standards", Missing)]
    [InlineData("02-role-and-claim", "catalog", "subject/claims/standards", Missing)]

    // 3 Membership and framework agreement.
    [InlineData("03-membership", "request", "", null)]
    [InlineData("03-membership", "request", "subject/membership=\"suspended\"", "constraint_not_met membership_not_active")]
    [InlineData("03-membership", "tick", "subject/membership=\"suspended\"", "constraint_not_met membership_not_active")]
    [InlineData("03-membership", "negotiation", "subject/claims/frameworkAgreement=[\"DataExchangeGovernance:0.9\"]", NotMet)]
    [InlineData("03-membership", "request", "subject/claims/frameworkAgreement", Missing)]

    // 3 How old the word of the authority on that may be: 10 s.
    [InlineData("03-standing-age", "catalog", "", null)]
    [InlineData("03-standing-age", "transfer", "", null)]
    [InlineData("03-standing-age", "request", "subject/standing_ms=1778547590000", null)]
    [InlineData("03-standing-age", "request", "subject/standing_ms=1778547589999", NotMet)]
    [InlineData("03-standing-age", "tick", "subject/standing_ms=1778547590000", null)]
    [InlineData("03-standing-age", "tick", "subject/standing_ms=1778547589999", NotMet)]
    [InlineData("03-standing-age", "request", "subject/standing_ms", Missing)]

    // 4 Connector and application: asked from the request on.
    [InlineData("04-connector-and-application", "request", "", null)]
    [InlineData("04-connector-and-application", "negotiation", "subject/connector;request", null)]
    [InlineData("04-connector-and-application", "request", "subject/connector=\"urn:ietf:params:oauth:jwk-thumbprint:sha-256:f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk\"", NotMet)]
    [InlineData("04-connector-and-application", "request", "subject/connector", Missing)]
    [InlineData("04-connector-and-application", "request", "request/application=\"crawler\"", NotMet)]
    [InlineData("04-connector-and-application", "tick", "request/application", Missing)]

    // 5 Purpose.
    [InlineData("05-purpose", "catalog", "purpose", null)]
    [InlineData("05-purpose", "request", "", null)]
    [InlineData("05-purpose", "request", "purpose=\"audit\"", null)]
    [InlineData("05-purpose", "request", "purpose=\"billing\"", NotMet)]
    [InlineData("05-purpose", "request", "purpose=\"training\"", "constraint_not_met prohibited")]
    [InlineData("05-purpose", "request", "purpose", Missing)]
    [InlineData("05-purpose", "tick", "purpose", null)]

    // 6 Region.
    [InlineData("06-region", "catalog", "", null)]
    [InlineData("06-region", "request", "subject/claims/region=\"45\"", null)]
    [InlineData("06-region", "catalog", "subject/claims/region=\"11\"", NotMet)]
    [InlineData("06-region", "tick", "subject/claims/region=\"11\"", NotMet)]
    [InlineData("06-region", "request", "subject/claims/region", Missing)]

    // 7 Network.
    [InlineData("07-network", "transfer", "request", null)]
    [InlineData("07-network", "request", "", null)]
    [InlineData("07-network", "request", "request/address=\"2001:db8:1::7\"", null)]
    [InlineData("07-network", "request", "request/address=\"203.0.114.1\"", NotMet)]
    [InlineData("07-network", "request", "request/address=\"::ffff:203.0.113.7\"", Missing)]
    [InlineData("07-network", "request", "request/address=\"203.0.113.7, 10.0.0.1\"", Missing)]
    [InlineData("07-network", "request", "request/address", Missing)]

    // 8 Start and end.
    [InlineData("08-validity", "catalog", "now_ms=1", null)]
    [InlineData("08-validity", "request", "now_ms=1777564800000", null)]
    [InlineData("08-validity", "negotiation", "now_ms=1777564799999", NotMet)]
    [InlineData("08-validity", "request", "now_ms=1809100799999", null)]
    [InlineData("08-validity", "request", "now_ms=1809100800000", NotMet)]
    [InlineData("08-validity", "tick", "now_ms=1809100800000", NotMet)]
    [InlineData("08-validity", "tick", "now_ms", Missing)]

    // 9 Office hours: Tuesday 09:00, 08:59:59.999, 17:30; Sunday 09:00.
    [InlineData("09-office-hours", "negotiation", "now_ms=1778547599999", null)]
    [InlineData("09-office-hours", "request", "", null)]
    [InlineData("09-office-hours", "request", "now_ms=1778547599999", NotMet)]
    [InlineData("09-office-hours", "tick", "now_ms=1778578200000", NotMet)]
    [InlineData("09-office-hours", "tick", "now_ms=1778578199999", null)]
    [InlineData("09-office-hours", "request", "now_ms=1778979600000", NotMet)]

    // 10 Since the agreement, since the first use.
    [InlineData("10-duration", "negotiation", "agreement/agreed_at_ms;agreement/first_used_at_ms", null)]
    [InlineData("10-duration", "transfer", "agreement/first_used_at_ms", null)]
    [InlineData("10-duration", "request", "agreement/agreed_at_ms=1770771600000;agreement/first_used_at_ms=1775955600000", null)]
    [InlineData("10-duration", "tick", "agreement/agreed_at_ms=1770771599999", NotMet)]
    [InlineData("10-duration", "request", "agreement/first_used_at_ms=1775955599999", NotMet)]
    [InlineData("10-duration", "request", "agreement/first_used_at_ms", Missing)]
    [InlineData("10-duration", "transfer", "agreement/agreed_at_ms", Missing)]

    // 11 Uses, in total and per day.
    [InlineData("11-count", "transfer", "usage", null)]
    [InlineData("11-count", "request", "usage/count=1000000;usage/count~1P1D@Asia~1Shanghai=10000", null)]
    [InlineData("11-count", "request", "usage/count=1000001", NotMet)]
    [InlineData("11-count", "request", "usage/count~1P1D@Asia~1Shanghai=10001", NotMet)]
    [InlineData("11-count", "request", "usage/count~1P1D@Asia~1Shanghai", Missing)]

    // 12 Rate, and how many at once.
    [InlineData("12-rate-and-concurrency", "request", "usage/frequency~1PT1S@UTC=100;usage/concurrency=4", null)]
    [InlineData("12-rate-and-concurrency", "request", "usage/frequency~1PT1S@UTC=101", NotMet)]
    [InlineData("12-rate-and-concurrency", "request", "usage/concurrency=5", NotMet)]
    [InlineData("12-rate-and-concurrency", "request", "usage", Missing)]

    // 13 Bytes, records, seconds, AI tokens.
    [InlineData("13-tokens", "request", "usage/tokens~1P1M@Asia~1Shanghai=5000000", null)]
    [InlineData("13-tokens", "request", "usage/tokens~1P1M@Asia~1Shanghai=5000001", NotMet)]
    [InlineData("13-tokens", "tick", "usage/tokens~1P1M@Asia~1Shanghai=5000001", NotMet)]
    [InlineData("13-tokens", "request", "usage", Missing)]
    [InlineData("13-volume", "request", "", null)]
    [InlineData("13-volume", "tick", "", null)]
    [InlineData("13-volume", "tick", "usage", null)]
    [InlineData("13-volume", "tick", "usage/bytes~1P1M@Asia~1Shanghai=10737418241", NotMet)]
    [InlineData("13-volume", "request", "usage/rows=1000001", NotMet)]
    [InlineData("13-volume", "request", "usage/seconds~1P1D@Asia~1Shanghai=3601", NotMet)]
    [InlineData("13-volume", "request", "usage/rows", Missing)]

    // 24 Paid in advance: the counter is 1 where the balance does not cover the use.
    [InlineData("24-pay-before-release", "catalog", "usage", null)]
    [InlineData("24-pay-before-release", "transfer", "usage", null)]
    [InlineData("24-pay-before-release", "request", "usage/prepaid=0", null)]
    [InlineData("24-pay-before-release", "request", "usage/prepaid=1", "balance_used_up")]
    [InlineData("24-pay-before-release", "tick", "usage/prepaid=1", "balance_used_up")]
    [InlineData("24-pay-before-release", "tick", "usage", null)]
    [InlineData("24-pay-before-release", "request", "usage", Missing)]

    // 14, 15 Columns and rows are left out of what a permission lets through: there is nothing to decide.
    [InlineData("14-columns", "request", "", null)]
    [InlineData("15-rows", "request", "", null)]

    // 17 Delivery method: judged when the transfer starts.
    [InlineData("17-delivery-method", "negotiation", "", null)]
    [InlineData("17-delivery-method", "transfer", "", null)]
    [InlineData("17-delivery-method", "transfer", "transfer/format=\"HttpData-PUSH\"", NotMet)]
    [InlineData("17-delivery-method", "transfer", "transfer", Missing)]
    [InlineData("17-delivery-method", "request", "transfer", null)]

    // 18, 20, 30 decide nothing; 19 decides by its purpose alone.
    [InlineData("18-security-level", "request", "", null)]
    [InlineData("19-model", "request", "", null)]
    [InlineData("19-model", "request", "purpose=\"training\"", NotMet)]
    [InlineData("20-no-redistribution", "request", "", null)]
    [InlineData("30-legal-terms", "request", "", null)]

    // 22 Evidence before release: owed from the request on, and still owed by whatever runs.
    [InlineData("22-log-before-release", "catalog", "", null)]
    [InlineData("22-log-before-release", "negotiation", "", null)]
    [InlineData("22-log-before-release", "transfer", "", null)]
    [InlineData("22-log-before-release", "request", "", "duty_outstanding")]
    [InlineData("22-log-before-release", "request", "duties_done=[\"inform\"]", "duty_outstanding")]
    [InlineData("22-log-before-release", "request", "duties_done=[\"log\"]", null)]
    [InlineData("22-log-before-release", "tick", "", "duty_outstanding")]
    [InlineData("22-log-before-release", "tick", "duties_done=[\"log\"]", null)]

    // 23 Notice before release.
    [InlineData("23-notify", "negotiation", "", null)]
    [InlineData("23-notify", "request", "", "duty_outstanding")]
    [InlineData("23-notify", "request", "duties_done=[\"log\"]", "duty_outstanding")]
    [InlineData("23-notify", "request", "duties_done=[\"inform\"]", null)]
    [InlineData("23-notify", "tick", "duties_done=[\"inform\"]", null)]

    // 25 Consent, which can be withdrawn at any moment.
    [InlineData("25-consent", "negotiation", "consents", null)]
    [InlineData("25-consent", "request", "", null)]
    [InlineData("25-consent", "request", "consents=[]", NotMet)]
    [InlineData("25-consent", "tick", "consents=[]", NotMet)]
    [InlineData("25-consent", "request", "consents", Missing)]

    // 26 Clearance.
    [InlineData("26-clearance", "catalog", "", null)]
    [InlineData("26-clearance", "catalog", "subject/claims/clearance=\"1\"", NotMet)]
    [InlineData("26-clearance", "request", "subject/claims/clearance", Missing)]
    [InlineData("26-clearance", "request", "product/classification=\"core\"", "layer_denied")]

    // 27 Signal, both directions: a permission under it, a prohibition by it.
    [InlineData("27-signal", "catalog", "signals", null)]
    [InlineData("27-signal", "transfer", "", null)]
    [InlineData("27-signal", "transfer", "signals/grid=\"emergency\"", NotMet)]
    [InlineData("27-signal", "tick", "signals/grid=\"emergency\"", NotMet)]
    [InlineData("27-signal", "tick", "signals/recall=\"on\"", "prohibited")]
    [InlineData("27-signal", "request", "signals", Missing)]

    // 28 The end of the agreement.
    [InlineData("28-agreement-ends", "request", "", null)]
    [InlineData("28-agreement-ends", "transfer", "agreement/state=\"ended\"", "agreement_not_active")]
    [InlineData("28-agreement-ends", "request", "agreement/state=\"ended\"", "agreement_not_active")]
    [InlineData("28-agreement-ends", "tick", "agreement/state=\"ended\"", "agreement_not_active")]

    // 29 A prohibition beats a permission, and only where it applies.
    [InlineData("29-prohibition-wins", "request", "", null)]
    [InlineData("29-prohibition-wins", "request", "purpose=\"audit\"", "prohibited")]
    [InlineData("29-prohibition-wins", "request", "purpose=\"audit\";subject/claims/region=\"45\"", null)]
    [InlineData("29-prohibition-wins", "request", "purpose=\"audit\";subject/claims/region", Missing)]

    // The terms of Catena-X.
    [InlineData("catena-x", "negotiation", "", null)]
    [InlineData("catena-x", "request", "purpose=\"cx.core.industrycore:1\";usage/count=1", null)]
    [InlineData("catena-x", "request", "purpose=\"cx.core.industrycore:1\";usage/count=2", NotMet)]
    [InlineData("catena-x", "request", "usage/count=1", NotMet)]
    [InlineData("catena-x", "tick", "purpose=\"cx.core.industrycore:1\";usage/count=1;agreement/agreed_at_ms=1770771599999", NotMet)]
    [InlineData("catena-x", "tick", "purpose=\"cx.core.industrycore:1\";usage/count=1;now_ms=1809100800001;agreement/agreed_at_ms=1809100000000", "prohibited")]
    [InlineData("catena-x", "request", "purpose=\"cx.core.industrycore:1\";usage/count=1;subject/claims/frameworkAgreement", Missing)]
    public async Task Pattern_decides(string pattern, string stage, string changes, string? code)
    {
        var question = WithFacts(Question.At(stage, stage is "catalog" or "negotiation" ? Offer(pattern) : Agreement(pattern)));
        foreach (var change in changes.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            Change(question, change);
        }

        var decision = await Engine.DecideAsync(question);

        Assert.True(decision.Allow == (code is null), $"{pattern} at {stage}: {string.Join(" | ", decision.Reasons)}");
        Assert.Equal(code ?? "", string.Join(' ', decision.Reasons.Select(reason => reason.Code).Distinct().Order(StringComparer.Ordinal)));
        Assert.All(decision.Reasons, reason => Assert.NotEmpty(reason.Remedy!));
    }

    [Theory]
    [InlineData("16-anonymise", "permission[0].duty[0]", "anonymised")]
    [InlineData("21-delete", "permission[0].duty[0]", "deletion")]
    [InlineData("24-amount", "permission[0].constraint[0].leftOperand", "amount")]
    public void Pattern_that_nothing_carries_out_is_refused_when_it_is_offered(string pattern, string path, string why)
    {
        var problem = Assert.Single(Assert.Throws<PolicyRefusedException>(() => AgreementCompiler.Compile(Offer(pattern).Json())).Problems);

        Assert.Equal(path, problem.Path);
        Assert.Contains(why, problem.Message, StringComparison.Ordinal);
        Assert.NotEmpty(problem.Remedy);
    }

    [Theory]
    [InlineData("18-security-level", Coverage.Attested, Coverage.Attested)]
    [InlineData("19-model", Coverage.Attested, Coverage.Attested)]
    [InlineData("20-no-redistribution", Coverage.Attested, Coverage.Attested)]
    [InlineData("30-legal-terms", Coverage.LegalOnly, Coverage.LegalOnly, Coverage.LegalOnly)]
    [InlineData("08-validity", Coverage.Enforced, Coverage.Enforced)]
    [InlineData("24-pay-before-release", Coverage.Enforced, Coverage.LegalOnly)]
    [InlineData("05-purpose", Coverage.Attested, Coverage.Attested)]
    [InlineData("22-log-before-release", Coverage.Enforced)]
    [InlineData("23-notify", Coverage.Enforced)]
    [InlineData("03-standing-age", Coverage.Enforced)]
    [InlineData(
        "catena-x", Coverage.Enforced, Coverage.Attested, Coverage.Attested, Coverage.Enforced, Coverage.Enforced, Coverage.LegalOnly, Coverage.Enforced,
        Coverage.Attested, Coverage.Enforced)]
    public void Coverage_says_what_is_done_about_each_term(string pattern, params Coverage[] words) =>
        Assert.Equal(words, AgreementCompiler.Compile(Offer(pattern).Json()).Coverage.Select(line => line.Word));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_pattern_is_tested_here(string pattern) => Assert.Contains(Tested(), name => name == pattern);

    internal static JsonObject Offer(string pattern) => JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFolder.Patterns, pattern + ".json")))!.AsObject().With("@id", "offer:" + pattern);

    private static JsonObject Agreement(string pattern) => Offer(pattern)
        .With("@type", "Agreement")
        .With("target", "load_curve_96")
        .With("assigner", "did:web:grid.example")
        .With("assignee", "did:web:vpp.example");

    // The name of each test case that is written above.
    private static IEnumerable<string> Tested() => typeof(PatternTests).GetMethods()
        .SelectMany(method => method.GetCustomAttributesData())
        .Where(attribute => attribute.AttributeType == typeof(InlineDataAttribute))
        .Select(attribute => ((IReadOnlyCollection<System.Reflection.CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!).First().Value as string)
        .OfType<string>();

    private static JsonObject WithFacts(JsonObject question)
    {
        var claims = question["subject"]!["claims"]!;
        claims["clearance"] = "2";
        claims["standards"] = new JsonArray("iso-27001");
        claims["frameworkAgreement"] = new JsonArray("DataExchangeGovernance:1.0");
        question["subject"]!["connector"] = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        question["signals"] = new JsonObject { ["grid"] = "normal", ["recall"] = "off" };
        question["consents"] = new JsonArray("did:web:mill.example");
        question["transfer"] = new JsonObject { ["format"] = "HttpData-PULL" };
        question["request"] = new JsonObject { ["method"] = "GET", ["path"] = "/x", ["address"] = "203.0.113.7", ["application"] = "dashboard" };
        question["agreement"]!["agreed_at_ms"] = 1778461200000;
        question["agreement"]!["first_used_at_ms"] = 1778461200000;
        question["usage"] = new JsonObject(new[]
        {
            "count", "count/P1D@Asia/Shanghai", "frequency/PT1S@UTC", "concurrency", "bytes/P1M@Asia/Shanghai", "rows", "seconds/P1D@Asia/Shanghai",
        }.Select(counter => KeyValuePair.Create(counter, (JsonNode?)1)));
        return question;
    }

    // Keys as in a JSON pointer: a slash in one is written ~1.
    private static void Change(JsonObject question, string change)
    {
        var (path, value) = change.Split('=', 2) switch { [var left, var right] => (left, right), var alone => (alone[0], null) };
        var keys = path.Split('/').Select(key => key.Replace("~1", "/", StringComparison.Ordinal)).ToArray();
        var parent = keys[..^1].Aggregate((JsonNode)question, (at, key) => at[key]!).AsObject();
        parent.Remove(keys[^1]);
        if (value is not null)
        {
            parent[keys[^1]] = JsonNode.Parse(value);
        }
    }
}
