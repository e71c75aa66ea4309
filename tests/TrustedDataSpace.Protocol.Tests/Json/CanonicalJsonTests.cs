using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Json;

public sealed class CanonicalJsonTests
{
    // RFC 8785 appendix B: the bits of a double, and its text.
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Number_is_written_as_ECMAScript_does(ulong bits, string text) =>
        Assert.Equal(text, CanonicalNumber.Format(BitConverter.UInt64BitsToDouble(bits)));

    [Fact]
    public void Example_of_the_specification_has_its_canonical_form() => Assert.Equal(
        """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""",
        Canonical("""
            { "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false] }
            """));

    [Fact]
    public void Properties_are_sorted_by_UTF16_code_units() => Assert.Equal(
        """{"\r":"Carriage Return","1":"One","":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","דּ":"Hebrew Letter Dalet With Dagesh"}""",
        Canonical("""
            { "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
              "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis" }
            """));

    [Theory]
    [InlineData("[0,-0,7,-12,999999999999999,-999999999999999,1000000000000000,1e2,10.0,-0.0]", "[0,0,7,-12,999999999999999,-999999999999999,1000000000000000,100,10,0]")]
    [InlineData("""["","plain","\u0041","a\/b","tab\t","\u2028","训练","\ud83d\ude00","\u003c","\u007f"]""", "[\"\",\"plain\",\"A\",\"a/b\",\"tab\\t\",\"\u2028\",\"训练\",\"😀\",\"<\",\"\u007f\"]")]
    [InlineData("""{"b":{"z":[],"y":{}},"\u0061":1,"B":2,"":3,"bb":4}""", """{"":3,"B":2,"a":1,"b":{"y":{},"z":[]},"bb":4}""")]
    [InlineData("""{"ab":1,"a":2,"\u00e9":3,"a\"":4}""", "{\"a\":2,\"a\\\"\":4,\"ab\":1,\"é\":3}")]
    public void What_stands_canonically_already_and_what_does_not_have_one_form(string json, string canonical)
    {
        Assert.Equal(canonical, Canonical(json));
        Assert.Equal(canonical, Canonical(canonical));
    }

    [Fact]
    public void A_document_of_any_length_has_its_form()
    {
        var long1 = string.Concat(Enumerable.Repeat("文 \\n plain ", 20_000));
        var json = $$"""{"z":"{{long1}}","a":[{{string.Join(',', Enumerable.Range(0, 5000))}}]}""";
        Assert.Equal($$"""{"a":[{{string.Join(',', Enumerable.Range(0, 5000))}}],"z":"{{long1}}"}""", Canonical(json));
    }

    [Fact]
    public void Text_that_is_no_UTF8_is_refused_even_when_the_parser_let_it_pass()
    {
        using var document = System.Text.Json.JsonDocument.Parse((byte[])[(byte)'"', 0xC3, 0x28, (byte)'"']);
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => CanonicalJson.Bytes(document.RootElement)).Code);
    }

    [Theory]
    [InlineData("9007199254740993")]
    [InlineData("123456789012345678")]
    [InlineData("1e999")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\udead\":1}")]
    [InlineData("{\"\\u0061\":1,\"b\":2,\"c\":\"\\udc00x\"}")]
    public void Value_without_a_canonical_form_is_refused(string json) =>
        Assert.Equal(RefusalCode.Malformed, Assert.Throws<RefusalException>(() => Canonical(json)).Code);

    [Fact]
    public void Property_that_appears_twice_is_refused_even_when_the_parser_let_it_pass()
    {
        using var document = System.Text.Json.JsonDocument.Parse("""{"a":1,"a":2}""");
        Assert.Throws<RefusalException>(() => CanonicalJson.Bytes(document.RootElement));
    }

    [Fact]
    public void Hash_is_that_of_the_canonical_bytes() => Assert.Equal(
        "sha-256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        CanonicalJson.Hash(ProtocolJson.Parse("{ }"u8)));

    private static string Canonical(string json) => Encoding.UTF8.GetString(CanonicalJson.Bytes(ProtocolJson.Parse(Encoding.UTF8.GetBytes(json))));
}
