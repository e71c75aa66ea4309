using TrustedDataSpace.Policy.Rego;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Rego;

/// <summary>What the conformance cases that are kept here do not show.</summary>
public sealed class BuiltinFamilyTests
{
    [Theory]
    [InlineData("json.patch({\"a\": [1, 2]}, [{\"op\": \"add\", \"path\": \"/a/-\", \"value\": 3}])", """{"a":[1,2,3]}""")]
    [InlineData("json.patch({\"a\": [1, 2]}, [{\"op\": \"add\", \"path\": \"/a/1\", \"value\": 3}])", """{"a":[1,3,2]}""")]
    [InlineData("json.patch({\"a/b\": 1}, [{\"op\": \"remove\", \"path\": \"/a~1b\"}])", "{}")]
    [InlineData("json.patch({\"a\": 1}, [{\"op\": \"replace\", \"path\": \"\", \"value\": 2}])", "2")]
    [InlineData("json.patch({\"a\": 1, \"b\": 2}, [{\"op\": \"move\", \"from\": \"a\", \"path\": \"c\"}, {\"op\": \"copy\", \"from\": \"b\", \"path\": \"d\"}])", """{"b":2,"c":1,"d":2}""")]
    [InlineData("json.patch({\"a\": 1}, [{\"op\": \"test\", \"path\": \"a\", \"value\": 2}])", "undefined")]
    [InlineData("json.patch({\"a\": 1}, [{\"op\": \"remove\", \"path\": \"b\"}])", "undefined")]
    [InlineData("json.patch({\"a\": [1]}, [{\"op\": \"add\", \"path\": \"a/2\", \"value\": 2}])", "undefined")]
    [InlineData("strings.split_n(\"a,b,c\", \",\", 2)", """["a","b"]""")]
    [InlineData("strings.split_n(\"a,b,c\", \",\", -2)", """["b","c"]""")]
    [InlineData("strings.split_n(\"a,b,c\", \",\", 0)", "[]")]
    [InlineData("json.marshal(\"<a> & b\")", "\"\\\"\\\\u003ca\\\\u003e \\\\u0026 b\\\"\"")]
    [InlineData("yaml.unmarshal(\"a: &x [1, 0x10, yes, 'no', ~]\\nb: *x\")", """{"a":[1,16,"yes","no",null],"b":[1,16,"yes","no",null]}""")]
    [InlineData("yaml.unmarshal(\"base: &b {x: 1, y: 2}\\nd:\\n  <<: *b\\n  y: 3\").d", """{"x":1,"y":3}""")]
    [InlineData("yaml.marshal({\"a\": [1, {\"b\": \"true\"}], \"c\": {}, \"d\": \"x: y\"})", "\"a:\\n- 1\\n- b: \\\"true\\\"\\nc: {}\\nd: 'x: y'\\n\"")]
    [InlineData("yaml.unmarshal(yaml.marshal(input)) == input", "true")]
    [InlineData("time.format([1700000000123456789, \"UTC\", \"Mon Jan _2 15:04:05.000 2006 PM 3 MST -07:00\"])", "\"Tue Nov 14 22:13:20.123 2023 PM 10 UTC +00:00\"")]
    [InlineData("time.parse_ns(\"Jan 2, 2006 at 3:04pm (MST)\", \"Feb 3, 2013 at 7:54pm (PST)\")", "1359921240000000000")]
    [InlineData("time.parse_ns(\"2006-002\", \"2024-060\")", "1709164800000000000")]
    [InlineData("time.parse_ns(\"2006-01-02\", \"2023-02-29\")", "undefined")]
    [InlineData("time.parse_duration_ns(\"-1h1.5m\")", "-3690000000000")]
    [InlineData("time.parse_duration_ns(\"5\")", "undefined")]
    [InlineData("time.add_date(1675123200000000000, 0, 1, 0)", "1677801600000000000")]
    [InlineData("time.add_date(json.unmarshal(`[1710000000000000000, \"America/New_York\"]`), 0, 0, 1)", "1710082800000000000")]
    [InlineData("time.diff([1609459199000000000, \"Asia/Shanghai\"], 1577836800000000000)", "[0,11,30,23,59,59]")]
    [InlineData("net.cidr_merge([\"10.0.0.0/9\", \"10.128.0.0/9\", \"::1/128\"])", """["10.0.0.0/8","::1/128"]""")]
    [InlineData("regex.globs_match(\"a*b\", \"[a-c]+\")", "true")]
    [InlineData("regex.globs_match(\"a*\", \"b*\")", "false")]
    [InlineData("regex.match(`^[\\D]+$`, \"ab\")", "true")]
    [InlineData("regex.match(`^[^\\W]+\\pL$`, \"ab\")", "true")]
    [InlineData("regex.match(`\\Qa.b\\E`, \"axb\")", "false")]
    [InlineData("regex.is_valid(`(a{1000}){1000}`)", "false")]
    [InlineData("regex.is_valid(`(?=a)`)", "false")]
    [InlineData("uri.parse(\"https://user:pw@[fe80::1%25en0]:8080/a/../b?x=1\").hostname", "\"fe80::1%en0\"")]
    [InlineData("uri.is_valid(\"http://a b\")", "false")]
    [InlineData("uri.is_valid(\"%zz\")", "false")]
    [InlineData("uuid.parse(\"urn:uuid:00000000-0000-4000-8000-00000000000\")", "undefined")]
    [InlineData("strings.render_template(\"{{with .a}}{{.b}}{{else}}none{{end}}{{if eq .n 1}} one{{else if gt .n 1}} many{{end}}\", {\"a\": {\"b\": \"x\"}, \"n\": 2})", "\"x many\"")]
    [InlineData("strings.render_template(\"a {{- /* c */ -}} b {{range .xs}}{{.}};{{else}}-{{end}}\", {\"xs\": []})", "\"ab -\"")]
    [InlineData("strings.render_template(\"{{call .x}}\", {\"x\": 1})", "undefined")]
    public void Gives(string term, string expected) => Assert.Equal(expected, Evaluate.P("p := " + term, """{"s": "a\nb", "t": "- x", "n": [1.5, null, "12", {"k": []}]}"""));

    [Fact]
    public void Random_values_are_the_same_within_an_evaluation_and_with_the_same_key()
    {
        var query = RegoCompiler.Compile([new RegoSource("test.rego",
            "package test\np := [rand.intn(\"a\", 1000000), uuid.rfc4122(\"b\")] if {\n\trand.intn(\"a\", 1000000) == rand.intn(\"a\", -1000000)\n\trand.intn(\"a\", 0) == 0\n}")])
            .Prepare("data.test.p");
        var options = new EvaluationOptions { RandomKey = new byte[32] };
        var first = query.Evaluate(RegoNull.Instance, options);
        Assert.NotNull(first);
        Assert.Equal(first, query.Evaluate(RegoNull.Instance, options));
        Assert.NotEqual(first, query.Evaluate(RegoNull.Instance));
    }
}
