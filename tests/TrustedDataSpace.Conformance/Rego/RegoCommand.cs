namespace TrustedDataSpace.Conformance.Rego;

/// <summary>Runs every case below a folder: <c>rego DIR [--failures]</c>.</summary>
internal static class RegoCommand
{
    public const string Verb = "rego";

    /// <summary>Zero if no case failed.</summary>
    public static int Run(string folder, bool showFailures)
    {
        List<CaseResult> results = [.. ConformanceCase.ReadAll(folder).AsParallel().AsOrdered().Select(CaseRunner.Run)];
        var skipped = results.Where(result => ExcludedBuiltins.NamedIn(result.Case) is not null).ToList();
        var judged = results.Except(skipped).ToList();
        var failed = judged.Where(result => result.Outcome != Outcome.Passed).ToList();
        foreach (var group in judged.GroupBy(result => result.Case.Group))
        {
            Console.WriteLine($"{group.Key}: {group.Count(result => result.Outcome == Outcome.Passed)} of {group.Count()}");
        }

        foreach (var result in skipped)
        {
            Console.WriteLine($"skipped: {result.Case.Id}: {ExcludedBuiltins.NamedIn(result.Case)} is excluded");
        }

        if (showFailures)
        {
            foreach (var result in failed)
            {
                Console.WriteLine($"{(result.Outcome == Outcome.Wrong ? "WRONG" : "refused")}: {result.Case.Id}: {result.Detail}");
            }
        }

        Console.WriteLine($"rego: {judged.Count - failed.Count} passed, {failed.Count} failed, {skipped.Count} skipped");
        return failed.Count == 0 ? 0 : 1;
    }
}

/// <summary>Builtins that the engine refuses by decision; a case that calls one says nothing about the engine.</summary>
internal static class ExcludedBuiltins
{
    private static readonly string[] Names = ["http.send", "opa.runtime", "net.lookup_ip_addr", "graphql.", "providers.aws.sign_req"];

    public static string? NamedIn(ConformanceCase @case) =>
        Names.FirstOrDefault(name => @case.Modules.Any(module => module.Text.Contains(name, StringComparison.Ordinal)) || @case.Query.Contains(name, StringComparison.Ordinal))?.TrimEnd('.');
}
