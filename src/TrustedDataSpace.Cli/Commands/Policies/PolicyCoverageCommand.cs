using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy.Agreements;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Cli.Commands.Policies;

/// <summary><c>tds policy coverage OFFER</c>: what is really done about each term of an offer, or why it cannot be offered.</summary>
internal static class PolicyCoverageCommand
{
    public static Command Create()
    {
        var offer = new Argument<FileInfo>("OFFER") { Description = "A JSON file with an ODRL offer or agreement." };
        var json = new Option<bool>("--json") { Description = "Write the result as JSON." };
        var command = new Command("coverage", "Say of each term of an offer whether it is enforced, attested or legal only, and by whom.") { offer, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(offer)!, parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo file, bool json, TextWriter output)
    {
        var policy = Read(file);
        var (terms, problems) = Check(policy);
        if (json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(
                new { terms = terms.Select(term => new { term.Term, term.Text, Word = Word(term.Word), term.Where, term.Note }), refused = problems }, ReadableJson.Options));
        }
        else
        {
            await ShowAsync(terms, problems, output);
        }

        return problems.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    // A connector gives an offer its id and class; a file that is to be offered has neither.
    private static JsonElement Read(FileInfo file)
    {
        try
        {
            var policy = JsonNode.Parse(File.ReadAllText(file.FullName)) as JsonObject ?? throw new CannotStartException($"{file.Name} holds no JSON object.");
            if (!policy.ContainsKey("@id") && !policy.ContainsKey("uid"))
            {
                policy["@id"] = "offer";
            }

            policy.TryAdd("@type", "Offer");
            return JsonSerializer.SerializeToElement(policy);
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CannotStartException($"{file.Name} cannot be read: {failure.Message}");
        }
    }

    // Everything that makes a connector refuse it, at once.
    private static (IReadOnlyList<TermCoverage> Terms, List<PolicyProblem> Problems) Check(JsonElement policy)
    {
        var problems = new List<PolicyProblem>();
        IReadOnlyList<TermCoverage> terms = [];
        try
        {
            terms = AgreementCompiler.Compile(policy).Coverage;
        }
        catch (PolicyRefusedException refused)
        {
            problems.AddRange(refused.Problems);
        }

        var document = new PolicyDocument(policy);
        foreach (var read in new Action[] { () => MeterRule.From(document), () => ToleranceRule.From(document), () => DeliveryRule.From(document), () => PricePlan.From(document) })
        {
            try
            {
                read();
            }
            catch (RefusalException refusal)
            {
                problems.Add(new(refusal.Term ?? refusal.Where ?? "", refusal.Message, refusal.Remedy ?? "correct it, or leave it out"));
            }
        }

        return (problems.Count == 0 ? terms : [], problems);
    }

    private static async Task ShowAsync(IReadOnlyList<TermCoverage> terms, List<PolicyProblem> problems, TextWriter output)
    {
        foreach (var problem in problems)
        {
            await output.WriteLineAsync($"{"refused",-10}  {problem}");
        }

        foreach (var term in terms)
        {
            await output.WriteLineAsync($"{Word(term.Word),-10}  {term.Term}  {term.Text}");
            await output.WriteLineAsync($"{"",-10}  by {term.Where}: {term.Note}");
        }

        await output.WriteLineAsync(problems.Count > 0
            ? $"{problems.Count} term{(problems.Count == 1 ? "" : "s")} refused: this cannot be offered"
            : $"{terms.Count} term{(terms.Count == 1 ? "" : "s")}: {string.Join(", ", Enum.GetValues<Coverage>().Reverse().Select(word => $"{terms.Count(term => term.Word == word)} {Word(word)}"))}");
    }

    private static string Word(Coverage word) => word switch
    {
        Coverage.Enforced => "enforced",
        Coverage.Attested => "attested",
        _ => "legal only",
    };
}
