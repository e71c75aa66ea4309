using System.Text.Json;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.Dsp;
using TrustedDataSpace.Testing.JsonSchema;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.JsonSchema;

/// <summary>The judge of all other tests that ask for validity.</summary>
public sealed class SchemaSetTests
{
    private const string Id = "https://example.com/schema.json";

    [Theory]
    [InlineData("""{"type":"object"}""", """{}""", """[]""")]
    [InlineData("""{"type":"array"}""", """[]""", """{}""")]
    [InlineData("""{"type":"string"}""", "\"1\"", "1")]
    [InlineData("""{"const":{"a":1}}""", """{"a":1}""", """{"a":2}""")]
    [InlineData("""{"enum":["a","b"]}""", "\"b\"", "\"c\"")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aa\"", "\"ab\"")]
    [InlineData("""{"pattern":"^a+$"}""", "7", "\"\"")]
    [InlineData("""{"required":["a"]}""", """{"a":null}""", """{"b":1}""")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"b":1}""", """{"a":1}""")]
    [InlineData("""{"items":{"type":"string"}}""", """["a"]""", """["a",1]""")]
    [InlineData("""{"minItems":1}""", """[1]""", """[]""")]
    [InlineData("""{"contains":{"const":1}}""", """[2,1]""", """[2]""")]
    [InlineData("""{"allOf":[{"minItems":1},{"items":{"const":1}}]}""", """[1]""", """[2]""")]
    [InlineData("""{"anyOf":[{"const":1},{"const":2}]}""", "2", "3")]
    [InlineData("""{"oneOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1}""", """{"a":1,"b":1}""")]
    [InlineData("""{"not":{"required":["a"]}}""", """{}""", """{"a":1}""")]
    [InlineData("""{"$ref":"#/definitions/d","definitions":{"d":{"type":"string"}}}""", "\"a\"", "1")]
    [InlineData("""{"$ref":"#/definitions/d","minItems":2,"definitions":{"d":{"type":"array"}}}""", """[1,2]""", """[1]""")]
    public void Keyword_tells_the_valid_from_the_invalid(string schema, string valid, string invalid)
    {
        Assert.Null(Of(schema).Fault(Id, Parse(valid)));
        Assert.NotNull(Of(schema).Fault(Id, Parse(invalid)));
    }

    [Theory]
    [InlineData("""{"format":"date"}""", "$.format")]
    [InlineData("""{"properties":{"a":{"anyOf":[{},{"maxItems":1}]}}}""", "$.properties.a.anyOf[1].maxItems")]
    [InlineData("""{"definitions":{"d":{"if":{}}}}""", "$.definitions.d.if")]
    [InlineData("""{"type":["string","null"]}""", "$.type")]
    [InlineData("""{"type":"integer"}""", "$.type")]
    [InlineData("""{"items":"string"}""", "$.items")]
    public void Schema_that_asks_for_more_than_is_checked_is_refused_wherever_it_asks(string schema, string where) =>
        Assert.StartsWith(where + ":", Assert.Throws<NotSupportedException>(() => Of(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void Reference_to_nowhere_is_no_schema_that_everything_passes() =>
        Assert.Throws<NotSupportedException>(() => Of("""{"$ref":"https://example.com/other.json"}""").Fault(Id, Parse("1")));

    [Fact]
    public void Schemas_of_the_specification_and_of_the_kit_tell_the_122_fixtures_apart_as_they_are_labelled()
    {
        Assert.Equal((26, 96), (SpecFiles.Fixtures().Count(f => f.Valid), SpecFiles.Fixtures().Count(f => !f.Valid)));
        foreach (var schemas in new[] { DspSchemas.OfTheSpecification(), DspSchemas.OfTheKit() })
        {
            Assert.All(SpecFiles.Fixtures(), fixture => Assert.Equal(fixture.Valid, schemas.Fault(fixture.Schema, SpecFiles.Read(fixture.File)) is null));
        }
    }

    [Fact]
    public void Message_is_held_against_the_schema_for_its_type()
    {
        var schemas = DspSchemas.OfTheSpecification();
        Assert.Null(schemas.Fault(SpecFiles.Read("examples/transfer/transfer-process.json")));
        Assert.NotNull(schemas.Fault(Parse("""{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"TransferProcess"}""")));
        Assert.NotNull(schemas.Fault(Parse("""{"@type":"TransferReport"}""")));
        Assert.NotNull(schemas.Fault(Parse("""{"state":"STARTED"}""")));
    }

    private static SchemaSet Of(string schema)
    {
        var set = new SchemaSet();
        set.Add(Parse(schema.Insert(1, $"\"$id\":\"{Id}\",")));
        return set;
    }

    private static JsonElement Parse(string json) => ProtocolJson.Parse(System.Text.Encoding.UTF8.GetBytes(json));
}
