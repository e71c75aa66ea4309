using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Agreements;

public sealed class RefusedPolicyTests
{
    [Fact]
    public void All_problems_are_reported_at_once()
    {
        var offer = Odrl.Offer(
                Odrl.Rule(Odrl.Constraint("payAmount", "lteq", "5"), Odrl.Constraint("purpose", "lteq", "x")),
                Odrl.Rule(Odrl.Constraint("count", "lteq", "many")).With("action", "distribute"))
            .With("obligation", new JsonArray(new JsonObject { ["action"] = "delete" }))
            .With("@type", "Set");

        Assert.Equal(
            ["@type", "obligation[0]", "permission[0].constraint[0].leftOperand", "permission[0].constraint[1].operator", "permission[1].action", "permission[1].constraint[0].rightOperand"],
            Problems(offer).Select(problem => problem.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", true)]
    [InlineData("ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk", true)]
    [InlineData("urn:ietf:params:oauth:jwk-thumbprint:sha-512:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", false)]
    [InlineData("ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkG", false)]
    [InlineData("ni:///sha-256;f4OxZX/x/FO5LcGBSKHWXfwtSx+j1ncoSt3SABJtkGk", false)]
    [InlineData("urn:connector:vpp", false)]
    [InlineData("did:web:vpp.example", false)]
    public void A_connector_is_named_by_its_key_or_its_certificate_and_by_nothing_else(string name, bool isRead)
    {
        var offer = Odrl.Offer(Odrl.Rule(Odrl.Constraint("tds:connector", "neq", name)));
        if (isRead)
        {
            Assert.Equal(Coverage.Enforced, Assert.Single(AgreementCompiler.Compile(offer.Json()).Coverage).Word);
            return;
        }

        var problem = Assert.Single(Problems(offer));
        Assert.Equal("permission[0].constraint[0].rightOperand", problem.Path);
        Assert.Contains("RFC 9278", problem.Message + problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_says_what_is_accepted()
    {
        var problem = Assert.Single(Problems(Odrl.Offer(Odrl.Rule(Odrl.Constraint("purpose", "gt", "x")))));

        Assert.Equal("permission[0].constraint[0].operator", problem.Path);
        Assert.Contains("'gt'", problem.Message, StringComparison.Ordinal);
        Assert.Equal("supported for purpose: eq, isAnyOf, isNoneOf, neq", problem.Remedy);
    }

    [Theory]
    [InlineData("""{"@id": "o", "permission": [{"action": "use"}]}""", "@type")]
    [InlineData("""{"@type": "Set", "@id": "o", "permission": [{"action": "use"}]}""", "@type")]
    [InlineData("""{"@type": ["Offer", "Agreement"], "@id": "o", "permission": [{"action": "use"}]}""", "@type")]
    [InlineData("""{"@type": "Offer", "permission": [{"action": "use"}]}""", "@id")]
    [InlineData("""{"@type": "Offer", "@id": "", "permission": [{"action": "use"}]}""", "@id")]
    [InlineData("""{"@type": "Offer", "@id": "o", "uid": "p", "permission": [{"action": "use"}]}""", "uid")]
    [InlineData("""{"@type": "Offer", "@id": "o"}""", "permission")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": []}""", "permission")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [], "prohibition": [{"action": "use"}]}""", "prohibition[0]", "permission")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": ["use"]}""", "permission[0]", "permission[0].action")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{}]}""", "permission[0].action")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": ["use", "read"]}]}""", "permission[0].action")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": {"@id": "odrl:use", "refinement": []}}]}""", "permission[0].action")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "target": "x"}]}""", "permission[0].target")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "duty": [{"action": "delete"}]}]}""", "permission[0].duty[0]")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "prohibition": {"action": "use", "remedy": {"action": "delete"}}}""", "prohibition[0].remedy", "prohibition[0]")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "consequence": {}}]}""", "permission[0].consequence")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "limit": 5}]}""", "permission[0].limit")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "tds:pricePlan": {}}]}""", "permission[0].tds:pricePlan")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "tds:price": "1"}""", "tds:price")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "inheritFrom": "x"}""", "inheritFrom")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "odrl:tds:delivery": {}}""", "odrl:tds:delivery")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "http://www.w3.org/ns/odrl/2/tds:pricePlan": {}}""", "http://www.w3.org/ns/odrl/2/tds:pricePlan")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "odrl:@context": {}}""", "odrl:@context")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "@context": {"permission": "odrl:prohibition"}}""", "@context")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "@context": ["https://elsewhere.example/terms.jsonld"]}""", "@context")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "@context": {"use": "tds:sell"}}]}""", "permission[0].@context")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"@type": "Prohibition", "action": "use"}]}""", "permission[0].@type")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "constraint": [{"@type": "LogicalConstraint", "leftOperand": "count", "operator": "lteq", "rightOperand": "5"}]}]}""", "permission[0].constraint[0].@type")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "conflict": "perm"}""", "conflict")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "target": ["x", "y"]}""", "target")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "validUntil": "x"}""", "validUntil")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use"}], "odrl:permission": [{"action": "use"}]}""", "permission")]
    [InlineData("""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "action": "use"}]}""", "permission[0].action")]
    [InlineData("""{"@type": "Agreement", "@id": "a", "permission": [{"action": "use"}]}""", "target", "assigner", "assignee")]
    [InlineData("[]", "", "@type", "@id", "permission")]
    [InlineData("null", "", "@type", "@id", "permission")]
    public void Policy_is_refused_at(string policy, params string[] paths) =>
        Assert.Equal(paths, Problems(null, policy).Select(problem => problem.Path));

    [Theory]
    [InlineData("""{"or": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "x"}]}""", ".or")]
    [InlineData("""{"and": {"@list": []}}""", ".and")]
    [InlineData("""{"odrl:xone": [1]}""", ".xone")]
    [InlineData("""{"andSequence": [1]}""", ".andSequence")]
    [InlineData("""{"leftOperand": "purpose", "operator": "eq", "rightOperandReference": "https://x.example"}""", ".rightOperandReference")]
    [InlineData("""{"leftOperand": "count", "operator": "lteq", "rightOperand": 5, "unit": "day"}""", ".unit")]
    [InlineData("""{"leftOperand": "count", "operator": "lteq", "rightOperand": 5, "status": 3}""", ".status")]
    [InlineData("""{"leftOperand": "purpose", "operator": "eq", "rightOperand": "x", "odrl:operator": "neq"}""", ".operator")]
    [InlineData("""{"operator": "eq", "rightOperand": "x"}""", ".leftOperand")]
    [InlineData("""{"leftOperand": "purpose", "rightOperand": "x"}""", ".operator")]
    [InlineData("""{"leftOperand": "purpose", "operator": "eq"}""", ".rightOperand")]
    [InlineData("\"purpose\"", "")]
    public void Constraint_is_refused_at(string constraint, string path) =>
        Assert.Equal(["permission[0].constraint[0]" + path], Problems(null, Offer(constraint)).Select(problem => problem.Path));

    [Theory]
    [InlineData("purpose", "eq", "5")]
    [InlineData("purpose", "eq", "\"\"")]
    [InlineData("purpose", "eq", "null")]
    [InlineData("purpose", "eq", "true")]
    [InlineData("purpose", "eq", "[]")]
    [InlineData("purpose", "eq", """["a", "b"]""")]
    [InlineData("purpose", "isNoneOf", "[]")]
    [InlineData("purpose", "eq", """{"@value": "x", "@language": "en"}""")]
    [InlineData("purpose", "eq", """{"@value": "x", "@value": "y"}""")]
    [InlineData("purpose", "eq", """{"@value": "x", "@type": "xsd:integer"}""")]
    [InlineData("purpose", "eq", """{"@id": "x", "label": "y"}""")]
    [InlineData("recipient", "eq", "\"vpp\"")]
    [InlineData("tds:membership", "eq", "\"suspended\"")]
    [InlineData("count", "lteq", "-1")]
    [InlineData("count", "lteq", "1.5")]
    [InlineData("count", "lteq", "1e3")]
    [InlineData("count", "lteq", "99999999999999999999")]
    [InlineData("count", "lteq", "\"5 times\"")]
    [InlineData("dateTime", "lteq", "1778547600000")]
    [InlineData("dateTime", "lteq", "\"2026-12-31\"")]
    [InlineData("dateTime", "lteq", "\"2026-12-31T23:59:59\"")]
    [InlineData("dateTime", "lteq", "\"2026-02-30T00:00:00Z\"")]
    [InlineData("dateTime", "lteq", "\"2026-12-31T23:59:59.0001Z\"")]
    [InlineData("dateTime", "lteq", "\"2026-12-31T23:59:59Z\\n\"")]
    [InlineData("tds:timeWindow", "eq", "\"09:00-17:00\"")]
    [InlineData("tds:timeWindow", "eq", "\"09:00-09:00Z\"")]
    [InlineData("tds:timeWindow", "eq", "\"24:00-09:00Z\"")]
    [InlineData("tds:timeWindow", "eq", "\"09:00-24:01Z\"")]
    [InlineData("tds:timeWindow", "eq", "\"09:60-17:00Z\"")]
    [InlineData("tds:timeWindow", "eq", "\"09:00-17:00+15:00\"")]
    [InlineData("tds:timeWindow", "eq", "\"09:00-17:00[Asia/Shanghai]\"")]
    public void Value_is_refused(string left, string op, string right)
    {
        var problem = Assert.Single(Problems(null, Offer($$"""{"leftOperand": "{{left}}", "operator": "{{op}}", "rightOperand": {{right}}}""")));

        Assert.Equal("permission[0].constraint[0].rightOperand", problem.Path);
        Assert.NotEmpty(problem.Remedy);
    }

    [Theory]
    [InlineData("dateTime", "eq")]
    [InlineData("tds:timeWindow", "neq")]
    [InlineData("tds:role", "neq")]
    [InlineData("tds:membership", "isAnyOf")]
    [InlineData("count", "gt")]
    [InlineData("purpose", "isAllOf")]
    [InlineData("purpose", "term-lteq")]
    [InlineData("purpose", "tds:eq")]
    public void Operator_without_a_meaning_is_refused(string left, string op) =>
        Assert.Equal("permission[0].constraint[0].operator", Problems(Odrl.Offer(Odrl.Rule(Odrl.Constraint(left, op, "x"))))[0].Path);

    [Theory]
    [InlineData("purpose", "purpose eq a", "purpose eq b")]
    [InlineData("purpose", "purpose isAnyOf a", "purpose isNoneOf a")]
    [InlineData("recipient", "recipient eq did:web:a", "recipient neq did:web:a")]
    [InlineData("role", "tds:role eq a", "tds:role isNoneOf a")]
    [InlineData("dateTime", "dateTime lt 2026-01-01T00:00:00Z", "dateTime gteq 2026-01-01T00:00:00Z")]
    [InlineData("dateTime", "dateTime gt 2026-01-01T00:00:00Z", "dateTime lteq 2026-01-01T00:00:00Z")]
    [InlineData("count", "count lt 1")]
    [InlineData("count", "count eq 5", "count lteq 4")]
    public void Constraints_that_exclude_each_other_are_refused(string operand, params string[] constraints)
    {
        foreach (var kind in new[] { "permission", "prohibition" })
        {
            var problem = Assert.Single(Problems(Odrl.Offer(Odrl.Rule()).With(kind, Rule(constraints))));

            Assert.Equal($"{kind}[0]", problem.Path);
            Assert.Contains(operand, problem.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("purpose eq a", "purpose neq b")]
    [InlineData("purpose isNoneOf a", "purpose isNoneOf b")]
    [InlineData("tds:role eq a", "tds:role eq b")]
    [InlineData("dateTime gteq 2026-01-01T00:00:00Z", "dateTime lteq 2026-01-01T00:00:00Z")]
    [InlineData("count lteq 1", "count lt 2")]
    public void Constraints_that_leave_something_are_accepted(params string[] constraints) =>
        AgreementCompiler.Compile(Odrl.Offer(Rule(constraints)).Json());

    [Fact]
    public void Prohibition_of_every_use_is_refused() =>
        Assert.Equal("prohibition[0]", Assert.Single(Problems(Odrl.Offer(Odrl.Rule()).With("prohibition", Odrl.Rule()))).Path);

    [Fact]
    public void Empty_lists_of_unsupported_properties_say_nothing_and_pass()
    {
        var offer = Odrl.Offer(Odrl.Rule().With("duty", new JsonArray())).With("obligation", new JsonArray()).With("conflict", "odrl:prohibit");

        AgreementCompiler.Compile(offer.Json());
    }

    [Fact]
    public void Too_many_rules_are_refused()
    {
        var rules = Enumerable.Range(0, AgreementCompiler.MaxRules + 1).Select(_ => (JsonNode)Odrl.Rule()).ToArray();

        Assert.Contains("more than 64 rules", Assert.Single(Problems(Odrl.Offer(rules))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_constraints_and_values_are_refused()
    {
        var constraints = Enumerable.Range(0, AgreementCompiler.MaxConstraints + 1).Select(_ => (JsonNode)Odrl.Constraint("count", "lteq", 5)).ToArray();
        var values = new JsonArray([.. Enumerable.Range(0, 1001).Select(i => (JsonNode)$"p{i}")]);

        Assert.Contains("more than 256 constraints", Assert.Single(Problems(Odrl.Offer(Odrl.Rule(constraints)))).Message, StringComparison.Ordinal);
        Assert.Contains("more than 1000 values", Assert.Single(Problems(Odrl.Offer(Odrl.Rule(Odrl.Constraint("purpose", "isAnyOf", values))))).Message, StringComparison.Ordinal);
    }

    private static JsonObject Rule(string[] constraints) =>
        Odrl.Rule([.. constraints.Select(text => text.Split(' ')).Select(words => (JsonNode)Odrl.Constraint(words[0], words[1], words[2]))]);

    private static string Offer(string constraint) =>
        $$"""{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "constraint": [{{constraint}}]}]}""";

    private static IReadOnlyList<PolicyProblem> Problems(JsonNode? policy, string? text = null)
    {
        using var document = JsonDocument.Parse(text ?? policy!.ToJsonString());
        return Assert.Throws<PolicyRefusedException>(() => AgreementCompiler.Compile(document.RootElement)).Problems;
    }
}
