using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Agreements;

/// <summary>Terms that decide nothing, and profiles whose terms become those of the rules.</summary>
public sealed class KeptTermTests
{
    [Fact]
    public void Kept_term_is_shown_and_decides_nothing()
    {
        var compiled = Compile(Odrl.Rule(Odrl.Constraint("tds:liability", "eq", "gross-negligence"), Odrl.Constraint("purpose", "eq", "inference")));

        Assert.Equal("purpose", Assert.Single(Constraints(compiled)).GetProperty("left").GetString());
        Assert.Equal([("permission[0].constraint[0]", Coverage.LegalOnly), ("permission[0].constraint[1]", Coverage.Attested)], compiled.Coverage.Select(line => (line.Term, line.Word)));
        Assert.Equal(["nobody", "provider's connector, on a signed statement"], compiled.Coverage.Select(line => line.Where));
    }

    [Fact]
    public void Prohibition_of_kept_terms_alone_does_not_prohibit_every_use()
    {
        var compiled = AgreementCompiler.Compile(Odrl.Offer(Odrl.Rule())
            .With("prohibition", new JsonArray(Odrl.Rule(Odrl.Constraint("tds:executionEnv", "eq", "01")), new JsonObject { ["action"] = "odrl:sell" })).Json());

        Assert.Empty(compiled.Document.GetProperty("prohibitions").EnumerateArray());
        Assert.Equal(["prohibition[0].constraint[0]", "prohibition[1]"], compiled.Coverage.Select(line => line.Term));
    }

    [Fact]
    public void Rules_after_one_that_is_only_kept_go_on_by_their_own_numbers()
    {
        var compiled = AgreementCompiler.Compile(Odrl.Offer(Odrl.Rule())
            .With("prohibition", new JsonArray(new JsonObject { ["action"] = "distribute" }, Odrl.Rule(Odrl.Constraint("purpose", "eq", "training")))).Json());

        Assert.Equal("prohibition[1]", Assert.Single(compiled.Document.GetProperty("prohibitions").EnumerateArray()).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("""{"action": "use", "constraint": [{"leftOperand": "tds:executionEnv", "operator": "eq", "rightOperand": "01"}, {"leftOperand": "purpose", "operator": "eq", "rightOperand": "a"}]}""", "prohibition[0]")]
    [InlineData("""{"action": "distribute", "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "a"}]}""", "prohibition[0].constraint")]
    [InlineData("""{"action": "resell"}""", "prohibition[0].action", "prohibition[0]")]
    public void Prohibition_of_which_nobody_sees_whether_it_applies_is_refused(string prohibition, params string[] paths) =>
        Assert.Equal(paths, Problems(Odrl.Offer(Odrl.Rule()).With("prohibition", JsonNode.Parse(prohibition))));

    [Theory]
    [InlineData("access")]
    [InlineData("cx-policy:access")]
    public void Access_is_no_action_of_its_own(string action) =>
        Assert.Equal(["permission[0].action"], Problems(Odrl.Offer(Odrl.Rule().With("action", action))));

    [Theory]
    [InlineData("tds:claim/level")]
    [InlineData("https://w3id.org/trusted-data-space/ns/claim/level")]
    public void Fact_with_a_name_keeps_its_name(string left)
    {
        var constraint = Assert.Single(Constraints(Compile(Odrl.Rule(Odrl.Constraint(left, "eq", "2")))));

        Assert.Equal(("claim", "level"), (constraint.GetProperty("left").GetString(), constraint.GetProperty("of").GetString()));
    }

    [Theory]
    [InlineData("tds:claim/")]
    [InlineData("tds:claim")]
    [InlineData("tds:claim/a/b")]
    [InlineData("tds:claim/../x")]
    [InlineData("tds:claim/a b")]
    [InlineData("claim/level")]
    [InlineData("odrl:claim/level")]
    [InlineData("tds:signal/é")]
    public void Fact_without_a_proper_name_is_refused(string left) =>
        Assert.Equal(["permission[0].constraint[0].leftOperand"], Problems(Odrl.Offer(Odrl.Rule(Odrl.Constraint(left, "eq", "2")))));

    [Theory]
    [InlineData("P30D", 2_592_000_000)]
    [InlineData("P1W", 604_800_000)]
    [InlineData("PT12H", 43_200_000)]
    [InlineData("P1DT2H3M4S", 93_784_000)]
    public void Durations_become_milliseconds(string right, long expected) =>
        Assert.Equal(expected, Assert.Single(Constraints(Compile(Odrl.Rule(Odrl.Constraint("elapsedTime", "lteq", right))))).GetProperty("right").GetInt64());

    [Theory]
    [InlineData("elapsedTime", "P1M")]
    [InlineData("elapsedTime", "P1Y")]
    [InlineData("elapsedTime", "P")]
    [InlineData("elapsedTime", "PT")]
    [InlineData("elapsedTime", "P0D")]
    [InlineData("elapsedTime", "PT0.5S")]
    [InlineData("elapsedTime", "-P1D")]
    [InlineData("elapsedTime", "P1D\n")]
    [InlineData("tds:weekday", "Mon")]
    [InlineData("tds:weekday", "mon+08:00")]
    [InlineData("tds:weekday", "Mon+15:00")]
    [InlineData("tds:networkAddress", "10.0.0.1/8")]
    [InlineData("tds:networkAddress", "10.0.0.0/33")]
    [InlineData("tds:networkAddress", "1")]
    [InlineData("tds:networkAddress", "0x7f.0.0.1")]
    [InlineData("tds:networkAddress", "example.org")]
    [InlineData("tds:networkAddress", "fe80::1%eth0")]
    public void Value_without_a_meaning_is_refused(string left, string right) =>
        Assert.Equal(["permission[0].constraint[0].rightOperand"], Problems(Odrl.Offer(Odrl.Rule(Odrl.Constraint(left, left == "elapsedTime" ? "lteq" : "eq", right)))));

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7/32")]
    [InlineData("203.0.113.0/24", "203.0.113.0/24")]
    [InlineData("2001:db8::7", "2001:db8::7/128")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    public void Addresses_become_ranges(string right, string expected) =>
        Assert.Equal(expected, Assert.Single(Constraints(Compile(Odrl.Rule(Odrl.Constraint("virtualLocation", "eq", right))))).GetProperty("right").GetString());

    [Theory]
    [InlineData("cx-policy:Membership")]
    [InlineData("https://w3id.org/catenax/policy/Membership")]
    [InlineData("https://w3id.org/catenax/2025/9/policy/Membership")]
    public void Names_of_the_catena_x_profile_are_read(string left) =>
        Assert.Equal("membership", Assert.Single(Constraints(Compile(Odrl.Rule(Odrl.Constraint(left, "eq", "active"))))).GetProperty("left").GetString());

    [Theory]
    [InlineData("Membership", "eq", "active", ".leftOperand")]
    [InlineData("cx-policy:Member", "eq", "active", ".leftOperand")]
    [InlineData("cx-policy:Membership", "eq", "passive", ".rightOperand")]
    [InlineData("cx-policy:UsagePurpose", "eq", "x", ".operator")]
    [InlineData("cx-policy:BusinessPartnerNumber", "isAnyOf", "BPNL1", ".rightOperand")]
    [InlineData("cx-policy:DataFrequency", "eq", "cx.dataFrequency.twice:1", ".rightOperand")]
    [InlineData("cx-policy:DataUsageEndDurationDays", "eq", "0", ".rightOperand")]
    [InlineData("cx-policy:DataProvisioningEndDate", "eq", "2027-05-01T00:00:00Z", ".leftOperand")]
    public void Term_that_the_catena_x_profile_does_not_have_there_is_refused(string left, string op, string right, string path) =>
        Assert.Equal(["permission[0].constraint[0]" + path], Problems(Odrl.Offer(Odrl.Rule(Odrl.Constraint(left, op, right)))));

    [Theory]
    [InlineData("cx-policy:Warranty eq none", "cx-policy:Liability eq x")]
    [InlineData("cx-policy:WarrantyDefinition eq a", "cx-policy:WarrantyDurationMonths eq 12", "permission[0]")]
    [InlineData("cx-policy:DataUsageEndDate eq 2027-05-01T00:00:00Z", "cx-policy:DataUsageEndDurationDays eq 12", "permission[0]")]
    public void Terms_of_the_profile_that_exclude_each_other_are_refused_together(string one, string other, string? path = null)
    {
        var offer = Odrl.Offer(Odrl.Rule([.. new[] { one, other }.Select(text => text.Split(' ')).Select(words => (JsonNode)Odrl.Constraint(words[0], words[1], words[2]))]));
        if (path is null)
        {
            AgreementCompiler.Compile(offer.Json());
            return;
        }

        Assert.Equal([path], Problems(offer));
    }

    [Fact]
    public void Frequency_without_a_limit_asks_for_nothing()
    {
        var compiled = Compile(Odrl.Rule(Odrl.Constraint("cx-policy:DataFrequency", "eq", "cx.dataFrequency.unlimited:1")));

        Assert.Empty(Constraints(compiled));
        Assert.Single(compiled.Coverage);
    }

    [Fact]
    public void And_is_read_as_the_list_that_it_is()
    {
        var and = new JsonObject { ["odrl:and"] = new JsonObject { ["@list"] = new JsonArray(Odrl.Constraint("purpose", "eq", "a"), Odrl.Constraint("count", "lteq", 5)) } };

        var compiled = Compile(new JsonObject { ["action"] = "use", ["constraint"] = new JsonArray(and, Odrl.Constraint("spatial", "eq", "44")) });

        Assert.Equal(
            ["permission[0].constraint[0].and[0]", "permission[0].constraint[0].and[1]", "permission[0].constraint[1]"],
            Constraints(compiled).Select(constraint => constraint.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("""{"and": []}""", "permission[0].constraint[0].and")]
    [InlineData("""{"and": {"leftOperand": "count"}}""", "permission[0].constraint[0].and")]
    [InlineData("""{"and": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "a"}], "leftOperand": "count"}""", "permission[0].constraint[0].and")]
    [InlineData("""{"and": [{"or": []}]}""", "permission[0].constraint[0].and[0].leftOperand")]
    [InlineData("""{"and": [{"or": [1]}]}""", "permission[0].constraint[0].and[0].or")]
    [InlineData("""{"and": [{"and": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "a"}]}]}""", "permission[0].constraint[0].and[0].leftOperand")]
    public void And_that_is_none_is_refused(string constraint, string path) => Assert.Equal(
        [path], Problems(Odrl.Offer(new JsonObject { ["action"] = "use", ["constraint"] = new JsonArray(JsonNode.Parse(constraint)) })));

    [Fact]
    public void Obligation_to_deliver_until_a_time_prohibits_what_comes_after_it()
    {
        var compiled = AgreementCompiler.Compile(Odrl.Offer(Odrl.Rule()).With("obligation", Odrl.Rule(Odrl.Constraint("cx-policy:DataProvisioningEndDurationDays", "eq", "2"))).Json());

        var rule = Assert.Single(compiled.Document.GetProperty("prohibitions").EnumerateArray());
        Assert.Equal("obligation[0]", rule.GetProperty("id").GetString());
        var constraint = rule.GetProperty("constraints")[0];
        Assert.Equal(("elapsedTime", "gt", 172_800_000), (constraint.GetProperty("left").GetString(), constraint.GetProperty("op").GetString(), constraint.GetProperty("right").GetInt64()));
    }

    [Theory]
    [InlineData("""{"action": "use"}""", "obligation[0]")]
    [InlineData("""{"action": "use", "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "a"}]}""", "obligation[0].constraint[0].leftOperand")]
    [InlineData("""{"action": "delete"}""", "obligation[0]")]
    [InlineData("\"delete\"", "obligation[0]")]
    public void Other_obligations_are_refused(string obligation, string path) =>
        Assert.Equal([path], Problems(Odrl.Offer(Odrl.Rule()).With("obligation", JsonNode.Parse(obligation))));

    [Theory]
    [InlineData("tds:log")]
    [InlineData("tds:logRecordSend")]
    [InlineData("https://w3id.org/trusted-data-space/ns/log")]
    public void Evidence_before_release_is_a_duty_of_its_permission(string action)
    {
        var compiled = AgreementCompiler.Compile(Odrl.Offer(Odrl.Rule(Odrl.Constraint("purpose", "eq", "audit")), Odrl.Rule().With("duty", new JsonObject { ["action"] = action })).Json());

        var duty = Assert.Single(compiled.Document.GetProperty("duties").EnumerateArray());
        Assert.Equal(
            ("permission[1].duty[0]", "permission[1]", "log"),
            (duty.GetProperty("id").GetString(), duty.GetProperty("rule").GetString(), duty.GetProperty("action").GetString()));
        var line = compiled.Coverage[^1];
        Assert.Equal(("permission[1].duty[0]", Coverage.Enforced, "provider's connector"), (line.Term, line.Word, line.Where));
    }

    [Theory]
    [InlineData("""[{"action": "tds:log", "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": "5"}]}]""", "permission[0].duty[0].constraint")]
    [InlineData("""[{"action": "tds:log", "until": "2027"}]""", "permission[0].duty[0].until")]
    [InlineData("""[{"action": "tds:log", "@type": "Permission"}]""", "permission[0].duty[0].@type")]
    [InlineData("""[{"action": "tds:log"}, {"action": "tds:logRecordSend"}]""", "permission[0].duty[1]")]
    [InlineData("""[{"action": "tds:log"}, {"action": "delete"}]""", "permission[0].duty[1]")]
    [InlineData("""[{"action": {"@id": "tds:log", "odrl:refinement": []}}]""", "permission[0].duty[0]")]
    [InlineData("""["tds:log"]""", "permission[0].duty[0]")]
    public void Duty_that_is_not_carried_out_as_it_is_written_is_refused(string duties, string path) =>
        Assert.Equal([path], Problems(Odrl.Offer(Odrl.Rule().With("duty", JsonNode.Parse(duties)))));

    [Fact]
    public void Evidence_and_notice_are_two_duties()
    {
        var compiled = AgreementCompiler.Compile(Odrl.Offer(Odrl.Rule().With("duty", JsonNode.Parse("""[{"action": "inform"}, {"action": "tds:log"}]"""))).Json());

        Assert.Equal(["inform", "log"], compiled.Document.GetProperty("duties").EnumerateArray().Select(duty => duty.GetProperty("action").GetString()));
        Assert.Equal(["permission[0].duty[0]", "permission[0].duty[1]"], compiled.Coverage.Select(line => line.Term));
    }

    [Fact]
    public void Evidence_before_release_has_no_other_place()
    {
        var duty = new JsonArray(new JsonObject { ["action"] = "tds:log" });

        Assert.Equal(["obligation[0]"], Problems(Odrl.Offer(Odrl.Rule()).With("obligation", duty.DeepClone())));
        Assert.Equal(["duty[0]"], Problems(Odrl.Offer(Odrl.Rule()).With("duty", duty.DeepClone())));
        Assert.Equal(
            ["prohibition[0].duty[0]"],
            Problems(Odrl.Offer(Odrl.Rule()).With("prohibition", Odrl.Rule(Odrl.Constraint("purpose", "eq", "a")).With("duty", duty.DeepClone()))));
    }

    [Theory]
    [InlineData("lteq", "PT10S", null)]
    [InlineData("lt", "PT5S", null)]
    [InlineData("lteq", "PT4S", ".rightOperand")]
    [InlineData("lteq", "10", ".rightOperand")]
    [InlineData("gteq", "PT10S", ".operator")]
    public void Age_of_the_standing_is_limited_from_above(string op, string right, string? wrong)
    {
        var offer = Odrl.Offer(Odrl.Rule(Odrl.Constraint("tds:standingAge", op, right)));
        if (wrong is null)
        {
            AgreementCompiler.Compile(offer.Json());
            return;
        }

        Assert.Equal(["permission[0].constraint[0]" + wrong], Problems(offer));
    }

    [Fact]
    public void Age_of_the_standing_in_a_prohibition_is_refused() => Assert.Equal(
        ["prohibition[0].constraint[0]"], Problems(Odrl.Offer(Odrl.Rule()).With("prohibition", Odrl.Rule(Odrl.Constraint("tds:standingAge", "lteq", "PT10S")))));

    private static CompiledAgreement Compile(JsonNode permission) => AgreementCompiler.Compile(Odrl.Offer(permission).Json());

    private static List<JsonElement> Constraints(CompiledAgreement compiled) => [.. compiled.Document.GetProperty("permissions")[0].GetProperty("constraints").EnumerateArray()];

    private static IEnumerable<string> Problems(JsonNode policy) =>
        Assert.Throws<PolicyRefusedException>(() => AgreementCompiler.Compile(policy.Json())).Problems.Select(problem => problem.Path);
}
