using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Policy.Tests.Agreements;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Patterns;

/// <summary>What <c>docs/usage-control.md</c> shows is what there is: its offers are those that are tested, and its words are those of the compiler.</summary>
public sealed partial class UsageControlPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryFolder.Docs, "usage-control.md"));

    public static TheoryData<string> Files => PatternTests.Files;

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_pattern_is_on_the_page_as_it_is_tested(string pattern)
    {
        var offer = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFolder.Patterns, pattern + ".json")));

        Assert.Single(Offers(), shown => JsonNode.DeepEquals(shown, offer));
    }

    [Fact]
    public void Every_offer_of_the_page_compiles_or_is_refused_as_the_page_says()
    {
        foreach (var section in Sections().Where(section => OfferPattern().IsMatch(section)))
        {
            var offer = JsonNode.Parse(OfferPattern().Match(section).Groups["json"].Value)!.AsObject().With("@id", "offer");
            if (!section.Contains("**Refused when it is offered", StringComparison.Ordinal))
            {
                AgreementCompiler.Compile(offer.Json());
                continue;
            }

            var problem = Assert.Single(Assert.Throws<PolicyRefusedException>(() => AgreementCompiler.Compile(offer.Json())).Problems);
            var line = Assert.Single(section.Split('\n'), text => text.StartsWith("> ", StringComparison.Ordinal))[2..];
            Assert.StartsWith(line, problem.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Word_of_each_section_is_a_word_of_its_report()
    {
        foreach (var section in Sections().Where(section => OfferPattern().IsMatch(section) && section.StartsWith("### ", StringComparison.Ordinal)))
        {
            var bold = WordPattern().Match(section).Groups["word"].Value;
            if (bold.StartsWith("Refused", StringComparison.Ordinal) || bold.Length == 0)
            {
                continue;
            }

            var coverage = AgreementCompiler.Compile(JsonNode.Parse(OfferPattern().Match(section).Groups["json"].Value)!.AsObject().With("@id", "offer").Json()).Coverage;
            var word = bold.Trim('*').ToLowerInvariant() switch { "enforced" => Coverage.Enforced, "attested" => Coverage.Attested, _ => Coverage.LegalOnly };

            // An offer that ends by being ended, and one that leaves columns out, has no term that decides.
            Assert.True(coverage.Count == 0 || coverage.Any(line => line.Word == word) || section.Contains("as its terms are", StringComparison.Ordinal), section);
        }
    }

    private static IEnumerable<JsonNode> Offers() => OfferPattern().Matches(Page).Select(match => JsonNode.Parse(match.Groups["json"].Value)!);

    private static string[] Sections() => SectionPattern().Split(Page);

    [GeneratedRegex(@"```json\n(?<json>\{.*?\n\})\n```", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex OfferPattern();

    [GeneratedRegex(@"(?=^###? )", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex SectionPattern();

    [GeneratedRegex(@"\*\*(?<word>Enforced|Attested|Legal only|Refused[^*]*|enforced|attested)\*?\*?", RegexOptions.CultureInvariant)]
    private static partial Regex WordPattern();
}
