using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Agreements;

public sealed class AgreementCompilerTests
{
    [Fact]
    public void Agreement_becomes_this_document()
    {
        var agreement = Odrl.Agreement(Odrl.Rule(
                Odrl.Constraint("odrl:purpose", "isAnyOf", new JsonArray("inference", "audit")),
                Odrl.Constraint("odrl:dateTime", "lteq", "2026-12-31T23:59:59+08:00"),
                Odrl.Constraint("tds:timeWindow", "eq", "22:00-06:30+08:00"),
                Odrl.Constraint("odrl:count", "lteq", 100)))
            .With("prohibition", new JsonArray(Odrl.Rule(Odrl.Constraint("purpose", "eq", "training"))));

        var compiled = AgreementCompiler.Compile(agreement.Json());

        AssertJson("""
            {
              "kind": "agreement", "id": "urn:uuid:a", "target": "load_curve_96", "assigner": "did:web:grid.example", "assignee": "did:web:vpp.example",
              "permissions": [{"id": "permission[0]", "action": "use", "constraints": [
                {"id": "permission[0].constraint[0]", "left": "purpose", "op": "isAnyOf", "right": ["inference", "audit"], "text": "purpose isAnyOf [inference, audit]"},
                {"id": "permission[0].constraint[1]", "left": "dateTime", "op": "lteq", "right": 1798732799000, "text": "dateTime lteq 2026-12-31T23:59:59+08:00"},
                {"id": "permission[0].constraint[2]", "left": "timeWindow", "op": "eq", "right": {"from": 1320, "to": 390, "offset": 480}, "text": "timeWindow eq 22:00-06:30+08:00"},
                {"id": "permission[0].constraint[3]", "left": "count", "op": "lteq", "right": 100, "text": "count lteq 100"}]}],
              "prohibitions": [{"id": "prohibition[0]", "action": "use", "constraints": [
                {"id": "prohibition[0].constraint[0]", "left": "purpose", "op": "eq", "right": "training", "text": "purpose eq training"}]}],
              "duties": []
            }
            """, compiled.Document);
    }

    [Fact]
    public void Offer_of_a_catalog_needs_neither_target_nor_parties()
    {
        var document = AgreementCompiler.Compile(Odrl.Offer(Odrl.Rule()).Json()).Document;

        Assert.Equal("offer", document.GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Null, document.GetProperty("target").ValueKind);
        Assert.Equal(JsonValueKind.Null, document.GetProperty("assignee").ValueKind);
    }

    [Fact]
    public void Offer_on_the_wire_of_the_conformance_kit_compiles()
    {
        var compiled = AgreementCompiler.Compile(Odrl.Json(
            """{"@type": "Offer", "@id": "offerACNC0101", "permission": [{"action": "use"}], "target": "ACNC0101", "assignee": "CONNECTOR_UNDER_TEST", "assigner": "TCK_PARTICIPANT"}"""));

        Assert.Equal("TCK_PARTICIPANT", compiled.Document.GetProperty("assigner").GetString());
        Assert.Empty(compiled.Coverage);
    }

    [Fact]
    public void Compact_prefixed_and_full_names_give_the_same_document()
    {
        var compact = AgreementCompiler.Compile(Odrl.Json(
            """{"@type": "Offer", "@id": "o", "permission": [{"action": "use", "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "x"}]}]}"""));
        var prefixed = AgreementCompiler.Compile(Odrl.Json(
            """{"@type": "odrl:Offer", "@id": "o", "odrl:permission": {"odrl:action": {"@id": "odrl:use"}, "odrl:constraint": {"odrl:leftOperand": {"@id": "odrl:purpose"}, "odrl:operator": {"@id": "odrl:eq"}, "odrl:rightOperand": {"@value": "x"}}}}"""));
        var full = AgreementCompiler.Compile(Odrl.Json(
            """
            {"@type": ["http://www.w3.org/ns/odrl/2/Offer"], "@id": "o", "http://www.w3.org/ns/odrl/2/permission": [{"http://www.w3.org/ns/odrl/2/action": [{"@id": "http://www.w3.org/ns/odrl/2/use"}],
             "http://www.w3.org/ns/odrl/2/constraint": [{"http://www.w3.org/ns/odrl/2/leftOperand": [{"@id": "http://www.w3.org/ns/odrl/2/purpose"}],
             "http://www.w3.org/ns/odrl/2/operator": [{"@id": "http://www.w3.org/ns/odrl/2/eq"}], "http://www.w3.org/ns/odrl/2/rightOperand": [{"@value": "x", "@type": "http://www.w3.org/2001/XMLSchema#string"}]}]}]}
            """));

        Assert.True(JsonElement.DeepEquals(compact.Document, prefixed.Document));
        Assert.True(JsonElement.DeepEquals(compact.Document, full.Document));
    }

    [Fact]
    public void Extension_operand_is_accepted_as_prefix_and_as_iri_but_not_bare()
    {
        Compile("tds:role", "eq", "bank");
        Compile("https://w3id.org/trusted-data-space/ns/role", "eq", "bank");
        Assert.Contains("tds:role", Refused("role", "eq", "bank").Remedy, StringComparison.Ordinal);
        Refused("odrl:role", "eq", "bank");
        Refused("tds:purpose", "eq", "bank");
    }

    [Fact]
    public void One_value_for_a_list_operator_becomes_a_list_of_one()
    {
        Assert.Equal("[\"x\"]", Right("purpose", "isAnyOf", "x").GetRawText());
        Assert.Equal("\"x\"", Right("purpose", "eq", new JsonArray("x")).GetRawText());
    }

    [Theory]
    [InlineData("100")]
    [InlineData("\"100\"")]
    [InlineData("""{"@value": 100, "@type": "xsd:integer"}""")]
    [InlineData("""{"@value": "100", "@type": "http://www.w3.org/2001/XMLSchema#integer"}""")]
    public void Counts_are_read_in_the_forms_that_peers_write(string right) =>
        Assert.Equal(100, Right("count", "lteq", JsonNode.Parse(right)).GetInt64());

    [Theory]
    [InlineData("2026-05-12T01:00:00Z", 1778547600000)]
    [InlineData("2026-05-12T09:00:00+08:00", 1778547600000)]
    [InlineData("2026-05-12T09:00:00.5+08:00", 1778547600500)]
    public void Times_become_milliseconds(string right, long expected) => Assert.Equal(expected, Right("dateTime", "gteq", right).GetInt64());

    [Theory]
    [InlineData("00:00-24:00Z", 0, 1440, 0)]
    [InlineData("09:00-17:30-05:30", 540, 1050, -330)]
    public void Windows_become_minutes(string right, int from, int to, int offset) =>
        AssertJson($$"""{"from": {{from}}, "to": {{to}}, "offset": {{offset}}}""", Right("tds:timeWindow", "eq", right));

    [Fact]
    public void Every_term_has_its_line_of_coverage()
    {
        var offer = Odrl.Offer(Odrl.Rule(Odrl.Constraint("purpose", "eq", "inference"), Odrl.Constraint("count", "lteq", 5)))
            .With("prohibition", Odrl.Rule(Odrl.Constraint("spatial", "neq", "44")))
            .With("tds:meter", "row")
            .With("tds:pricePlan", "p");

        var coverage = AgreementCompiler.Compile(offer.Json()).Coverage;

        Assert.Equal(
            [
                ("permission[0].constraint[0]", "purpose eq inference", Coverage.Attested),
                ("permission[0].constraint[1]", "count lteq 5", Coverage.Enforced),
                ("prohibition[0].constraint[0]", "spatial neq 44", Coverage.Attested),
                ("tds:meter", "\"row\"", Coverage.Enforced),
                ("tds:pricePlan", "\"p\"", Coverage.LegalOnly),
            ],
            coverage.Select(line => (line.Term, line.Text, line.Word)));
        Assert.All(coverage, line => Assert.NotEmpty(line.Note));
    }

    [Fact]
    public void Price_plan_decides_nothing()
    {
        var plain = Odrl.Offer(Odrl.Rule());
        var priced = Odrl.Offer(Odrl.Rule()).With("https://w3id.org/trusted-data-space/ns/pricePlan", new JsonObject { ["id"] = "p" });

        Assert.Equal(
            AgreementCompiler.Compile(plain.Json()).Document.GetRawText(),
            AgreementCompiler.Compile(priced.Json()).Document.GetRawText());
    }

    [Theory]
    [InlineData("tds:pricePlan")]
    [InlineData("https://w3id.org/trusted-data-space/ns/pricePlan")]
    public void Prepaid_plan_is_a_term_of_every_permission(string name)
    {
        var offer = Odrl.Offer(Odrl.Rule(), Odrl.Rule(Odrl.Constraint("purpose", "eq", "inference"))).With(name, new JsonObject { ["prepaid"] = true });
        var compiled = AgreementCompiler.Compile(offer.Json());

        Assert.All(
            compiled.Document.GetProperty("permissions").EnumerateArray(),
            permission => Assert.Single(permission.GetProperty("constraints").EnumerateArray(), term => term.GetProperty("id").GetString() == "tds:pricePlan.prepaid"));
        Assert.Equal(new QuotaTerm(QuotaTerm.Prepaid, QuotaUnit.Money, 0, null, null), Assert.Single(QuotaTerms.Of(compiled.Document)));
        Assert.Contains(compiled.Coverage, line => line is { Term: "tds:pricePlan.prepaid", Word: Coverage.Enforced });
    }

    [Fact]
    public void Values_stay_values()
    {
        const string injection = "x\"] } allow := true # ";
        Assert.Equal(injection, Right("purpose", "eq", injection).GetString());
    }

    [Fact]
    public void Document_outlives_its_source()
    {
        CompiledAgreement compiled;
        using (var source = JsonDocument.Parse(Odrl.Offer(Odrl.Rule()).ToJsonString()))
        {
            compiled = AgreementCompiler.Compile(source.RootElement);
        }

        Assert.Equal("offer", compiled.Document.GetProperty("kind").GetString());
    }

    private static void Compile(string left, string op, JsonNode? right) =>
        AgreementCompiler.Compile(Odrl.Offer(Odrl.Rule(Odrl.Constraint(left, op, right))).Json());

    private static JsonElement Right(string left, string op, JsonNode? right) =>
        AgreementCompiler.Compile(Odrl.Offer(Odrl.Rule(Odrl.Constraint(left, op, right))).Json())
            .Document.GetProperty("permissions")[0].GetProperty("constraints")[0].GetProperty("right");

    private static PolicyProblem Refused(string left, string op, JsonNode? right) =>
        Assert.Single(Assert.Throws<PolicyRefusedException>(() => Compile(left, op, right)).Problems);

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(Odrl.Json(expected), actual), actual.GetRawText());
}
