using TrustedDataSpace.Protocol.Identifiers;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Identifiers;

public sealed class IdentifierTests
{
    [Theory]
    [InlineData("591310000MA1FL3K75X3101A1B2C3D4", 'I')]
    [InlineData("491440000100012345X440100000001", '4')]
    [InlineData("691310000MA1FL3K75X3101DS000001", 'X')]
    [InlineData("591310000MA1FL3K75Y3101A1B2C3D4", '3')]
    [InlineData("4914400001000123455440100000001", 'H')]
    [InlineData("691310000MA1FL3K75Y3101DS000001", 'I')]
    [InlineData("79144000010001234550044RS000001", '0')]
    [InlineData("591310000MA1FL3K75Y310100000058", '*')]
    [InlineData("591310000MA1FL3K75Y310100000049", '1')]
    [InlineData("G123489654321", 'Y')]
    [InlineData("84914400001000123455440120260115093000A1B2C3D4", '6')]
    public void Check_characters_are_those_of_the_vectors(string text, char check)
    {
        Assert.Equal(check, CheckCharacter.Of(text));
        Assert.True(CheckCharacter.Holds(text + check));
    }

    [Fact]
    public void One_changed_character_and_two_swapped_ones_are_found()
    {
        const string Good = "591310000MA1FL3K75Y3101A1B2C3D43";
        for (var i = 0; i < Good.Length; i++)
        {
            foreach (var other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".Where(other => other != Good[i]))
            {
                Assert.False(CheckCharacter.Holds(Good[..i] + other + Good[(i + 1)..]));
            }

            if (i > 0 && Good[i] != Good[i - 1])
            {
                Assert.False(CheckCharacter.Holds(Good[..(i - 1)] + Good[i] + Good[i - 1] + Good[(i + 1)..]));
            }
        }
    }

    [Theory]
    [InlineData("91310000MA1FL3K75Y", true)]
    [InlineData("914400001000123455", true)]
    [InlineData("91310000MA1FL3K75X", false)]
    [InlineData("91440000100012345X", false)]
    [InlineData("91310000MA1FL3K75", false)]
    [InlineData("91310000MA1FL3K75YY", false)]
    [InlineData("91310000MA1FL3KI5Y", false)]
    [InlineData("91310000ma1fl3k75y", false)]
    [InlineData("", false)]
    public void Credit_codes_are_checked(string code, bool valid) => Assert.Equal(valid, CreditCode.IsValid(code));

    [Fact]
    public void An_identifier_tells_its_parts()
    {
        Assert.True(NationalIdentifier.TryParse("691310000MA1FL3K75Y3101DS000001I•v2.csv", out var product));
        Assert.Equal(
            (NationalIdentifierKind.DataProduct, "91310000MA1FL3K75Y", "3101", true, "v2.csv"), (product.Kind, product.Subject, product.Area, product.HasCreditCode, product.Extension));
        Assert.True(NationalIdentifier.TryParse("491440000100012345X4401000000014", out var node));
        Assert.Equal((NationalIdentifierKind.BusinessNode, false, null), (node.Kind, node.HasCreditCode, node.Extension));
        Assert.Equal("591310000MA1FL3K75Y3101A1B2C3D43", NationalIdentifier.Create(NationalIdentifierKind.Connector, "91310000MA1FL3K75Y", "3101", "A1B2C3D4").Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("591310000MA1FL3K75Y3101A1B2C3D4I")]
    [InlineData("591310000MA1FL3K75Y3101A1B2C3D4")]
    [InlineData("591310000MA1FL3K75Y3101A1B2C3D43•x")]
    [InlineData("691310000MA1FL3K75Y3101DS000001I•")]
    [InlineData("691310000MA1FL3K75Y3101DS000001I-x")]
    [InlineData("691310000MA1FL3K75Y3101DS000001I•123456789012345678901234567890123")]
    public void What_is_no_identifier_is_refused(string? text) => Assert.False(NationalIdentifier.TryParse(text, out _));

    [Theory]
    [InlineData("9", "91310000MA1FL3K75Y", "3101")]
    [InlineData("591310000MA1FL3K75Y", "31O1", "A1B2C3D4")]
    public void Parts_of_another_form_make_no_identifier(string subject, string area, string random) =>
        Assert.Throws<ArgumentException>(() => NationalIdentifier.Create(NationalIdentifierKind.Connector, subject, area, random));

    [Fact]
    public void A_contract_identifier_tells_node_and_time()
    {
        Assert.True(ContractIdentifier.TryParse("84914400001000123455440120260115093000A1B2C3D46", out var contract));
        Assert.Equal(("914400001000123455", new DateTime(2026, 1, 15, 9, 30, 0)), (contract.NodeSubject, contract.Time));
        Assert.False(ContractIdentifier.TryParse("84914400001000123455440120260115093000A1B2C3D45", out _));
        Assert.False(ContractIdentifier.TryParse("84914400001000123455440120261315093000A1B2C3D4" + CheckCharacter.Of("84914400001000123455440120261315093000A1B2C3D4"), out _));
    }
}
