using System.Text;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Credentials;

public sealed class ClaimSchemaTests
{
    private const string Schema =
        """
        {"$schema":"https://json-schema.org/draft/2020-12/schema","title":"t","type":"object","required":["space","roles"],"additionalProperties":false,
         "properties":{"id":{"type":"string"},"space":{"const":"grid"},"roles":{"type":"array","items":{"type":"string","pattern":"^[a-z-]+$","maxLength":8},"minItems":1,"maxItems":2,"uniqueItems":true},
                       "region":{"enum":["31","44"]},"power":{"type":["integer","null"],"minimum":0,"maximum":100}}}
        """;

    [Theory]
    [InlineData("""{"space":"grid","roles":["a"],"region":"31","power":100,"id":"did:web:x"}""", null)]
    [InlineData("""{"space":"grid","roles":["a","b"],"power":null}""", null)]
    [InlineData("""{"roles":["a"]}""", "$.space")]
    [InlineData("""{"space":"other","roles":["a"]}""", "$.space")]
    [InlineData("""{"space":"grid","roles":"a"}""", "$.roles")]
    [InlineData("""{"space":"grid","roles":[]}""", "$.roles")]
    [InlineData("""{"space":"grid","roles":["a","b","c"]}""", "$.roles")]
    [InlineData("""{"space":"grid","roles":["a","a"]}""", "$.roles")]
    [InlineData("""{"space":"grid","roles":["A"]}""", "$.roles[0]")]
    [InlineData("""{"space":"grid","roles":["abcdefghi"]}""", "$.roles[0]")]
    [InlineData("""{"space":"grid","roles":["a"],"region":"99"}""", "$.region")]
    [InlineData("""{"space":"grid","roles":["a"],"power":101}""", "$.power")]
    [InlineData("""{"space":"grid","roles":["a"],"power":-1}""", "$.power")]
    [InlineData("""{"space":"grid","roles":["a"],"power":0.5}""", "$.power")]
    [InlineData("""{"space":"grid","roles":["a"],"other":1}""", "$.other")]
    [InlineData("""[]""", "$")]
    public void Claims_are_held_to_the_schema(string claims, string? where)
    {
        var violation = ClaimSchema.Read(Parse(Schema)).Violation(Parse(claims));
        if (where is null)
        {
            Assert.Null(violation);
        }
        else
        {
            Assert.StartsWith(where + ":", violation, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"allOf":[]}""")]
    [InlineData("""{"$ref":"https://other.example"}""")]
    [InlineData("""{"properties":{"a":{"if":{}}}}""")]
    [InlineData("""{"type":"text"}""")]
    [InlineData("""{"required":"a"}""")]
    [InlineData("""{"minLength":-1}""")]
    [InlineData("""{"pattern":"(a)\\1"}""")]
    [InlineData("""{"pattern":"("}""")]
    [InlineData("""{"additionalProperties":{}}""")]
    [InlineData("""[]""")]
    public void Schema_that_is_not_understood_is_refused(string schema) =>
        Assert.Equal(RefusalCode.Unsupported, Assert.Throws<RefusalException>(() => ClaimSchema.Read(Parse(schema))).Code);

    private static System.Text.Json.JsonElement Parse(string json) => ProtocolJson.Parse(Encoding.UTF8.GetBytes(json));
}
