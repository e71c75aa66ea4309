using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Testing.Dsp;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Dsp;

public sealed class SpecFixtureTests
{
    private static readonly DspSchemas Schemas = DspSchemas.OfTheSpecification();

    public static TheoryData<string, string> Valid() => Fixtures(valid: true);

    public static TheoryData<string, string> Invalid() => Fixtures(valid: false);

    public static TheoryData<string> Examples() =>
        [.. SpecFiles.Examples("catalog").Concat(SpecFiles.Examples("negotiation")).Concat(SpecFiles.Examples("transfer"))
            .Append("examples/common/protocol-version.json")
            // An empty filter, which says nothing, is not written again.
            .Where(e => Path.GetFileName(e) != "catalog-request-message.json")];

    [Theory]
    [MemberData(nameof(Valid))]
    public void Valid_message_is_read_and_written_again_as_the_schema_asks(string file, string schema)
    {
        var message = SpecFiles.Read(file);
        Assert.Null(Schemas.Fault(schema, message));

        var written = SpecMessages.BySchema[schema](message);

        Assert.Null(Schemas.Fault(schema, ProtocolJson.Parse(written)));
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Invalid_message_is_refused_with_its_place(string file, string schema)
    {
        var message = SpecFiles.Read(file);
        Assert.NotNull(Schemas.Fault(schema, message));

        var refusal = Assert.Throws<RefusalException>(() => SpecMessages.BySchema[schema](message));

        Assert.Equal(RefusalCode.Malformed, refusal.Code);
        Assert.StartsWith("$", refusal.Where, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_of_the_specification_keeps_its_meaning(string file)
    {
        var message = SpecFiles.Read(file);
        var schema = SpecMessages.SchemaOf(message);

        var written = ProtocolJson.Parse(SpecMessages.BySchema[schema](message));

        Assert.Null(Schemas.Fault(schema, written));
        Assert.Equal(CanonicalJson.Hash(message), CanonicalJson.Hash(written));
    }

    [Fact]
    public void Messages_of_the_conformance_kit_are_read()
    {
        var read = 0;
        foreach (var exchange in SpecFiles.Read("tck-wire.json").EnumerateObject())
        {
            if (exchange.Value.TryGetProperty("body", out var body) && DspJson.TypeOf(body) is not null)
            {
                SpecMessages.BySchema[SpecMessages.SchemaOf(body)](body);
                read++;
            }
        }

        Assert.True(read >= 15, $"{read} messages were read");
    }

    [Fact]
    public void Every_schema_of_a_message_or_document_has_a_record_that_reads_it() =>
        Assert.Equal(
            SpecFiles.Files("schemas").Select(file => file["schemas".Length..])
                // Parts of others: the context, and an entry of somebody's DID document.
                .Except(["/common/context-schema.json", "/common/did-service-schema.json"]),
            SpecMessages.BySchema.Keys.Order(StringComparer.Ordinal));

    private static TheoryData<string, string> Fixtures(bool valid)
    {
        var data = new TheoryData<string, string>();
        foreach (var fixture in SpecFiles.Fixtures().Where(f => f.Valid == valid))
        {
            data.Add(fixture.File, fixture.Schema);
        }

        return data;
    }
}
