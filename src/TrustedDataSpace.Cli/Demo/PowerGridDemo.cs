using System.Globalization;
using TrustedDataSpace.Cli.Space;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>
/// The power-grid space from end to end: a grid company shares load curves and system demand with a virtual power plant under
/// contract. This list is its table of contents.
/// </summary>
internal static class PowerGridDemo
{
    /// <summary>What the clock of the space shows at the beginning, unless told otherwise.</summary>
    public static DateTimeOffset DefaultStart { get; } = new(2026, 5, 12, 8, 0, 0, Zone);

    /// <summary>All times of the contract are in China Standard Time.</summary>
    public static TimeSpan Zone => TimeSpan.FromHours(8);

    /// <summary>The steps, in order.</summary>
    public static IReadOnlyList<DemoStep> Steps(DemoSpace space)
    {
        var onboarding = new OnboardingSteps(space);
        var licence = new LicenceSteps(space);
        var contracts = new ContractSteps(space);
        var use = new UseSteps(space);
        var refusals = new RefusalSteps(space);
        var settlement = new SettlementSteps(space);
        var proof = new ProofSteps(space);
        return
        [
            new("start", "Start authority, connectors and data source", onboarding.StartAsync),
            new("admit", "Admit both participants", onboarding.AdmitAsync, "start"),
            new("licence", "Issue a licence as a credential", licence.IssueAsync, "admit"),
            new("publish", "Publish three products under contract terms", onboarding.PublishAsync, "admit"),
            new("unknown-term", "Refused: an offer with an unknown term", onboarding.RefuseUnknownTermAsync, "publish"),
            new("search", "Find products and read their terms", onboarding.SearchAsync, "publish"),
            new("negotiate", "Negotiate two contracts", contracts.NegotiateAsync, "publish"),
            new("wrong-region", "Refused: a contract for another region", contracts.RefuseRegionAsync, "publish"),
            new("file", "File both contracts at the authority", contracts.FileAsync, "negotiate"),
            new("transfer", "Start both transfers", contracts.TransferAsync, "file"),
            new("application", "Let one application use the data", use.GrantAsync, "negotiate"),
            new("demand", "Read 84 days of real demand", use.ReadDemandAsync, "transfer", "application"),
            new("train", "Train on the month of May", settlement.TrainAsync, "transfer", "application"),
            new("curves", "Read a day of load curves", use.ReadCurvesAsync, "transfer", "application"),
            new("suppressed", "Left out: small groups, no authorisation", use.SuppressAsync, "search", "curves"),
            new("no-credential", "Refused: no application credential", refusals.NoCredentialAsync, "transfer", "application"),
            new("training", "Refused: training, where inference is agreed", refusals.TrainingAsync, "demand"),
            new("strangers", "Refused: tokens of strangers", refusals.StrangersAsync, "transfer"),
            new("too-late", "Refused: outside the hours of the contract", refusals.TooLateAsync, "curves"),
            new("slices", "Infer on the other 29 mornings", settlement.InferAsync, "too-late"),
            new("midstream", "Cut in mid-stream: a feed whose transfer is terminated", refusals.MidStreamAsync, "demand"),
            new("suspended", "Cut in mid-stream: a feed whose reader is suspended", refusals.SuspendedAsync, "midstream"),
            new("revoked", "Cut in mid-stream: a feed whose reader's licence is revoked", licence.RevokedAsync, "licence", "publish"),
            new("quota", "Refused: quota used up", refusals.QuotaAsync, "suspended"),
            new("terminated", "Refused: use after termination", refusals.TerminatedAsync, "transfer", "application"),
            new("counts", "Both sides counted the same", proof.CountsAsync, "demand", "train", "slices"),
            new("records", "Both sides signed the same usage records", proof.RecordsAsync, "counts", "terminated"),
            new("statement", "Both sides state 233.28 CNY for the month", settlement.StateAsync, "records"),
            new("evidence", "Export the evidence and verify it offline", proof.VerifyAsync, "records"),
            new("trace", "Tell the story of one contract from the log", proof.TraceAsync, "evidence"),
            new("why", "Why was it denied? Decide again and compare", proof.WhyAsync, "evidence"),
            new("altered", "One changed byte is found, with its line", proof.FindAlterationAsync, "evidence"),
        ];
    }

    /// <summary>Whether the demonstration can begin at that time: its first reads must lie in the contract's hours and dates.</summary>
    /// <exception cref="CannotStartException">It cannot, with the reason.</exception>
    public static DateTimeOffset Checked(DateTimeOffset start)
    {
        var local = start.ToOffset(Zone);
        var (first, last) = (new DateTime(2026, 5, 1), new DateTime(2031, 4, 1));
        return local.TimeOfDay < new TimeSpan(8, 50, 0) && local.Date >= first && local.Date <= last
            ? start
            : throw new CannotStartException(string.Create(
                CultureInfo.InvariantCulture,
                $"--clock {local:yyyy-MM-ddTHH:mm:sszzz} does not suit: the contract for load curves allows reading from 00:00 to 09:00 at +08:00, from {first:yyyy-MM-dd} on. Choose a time before 08:50 on a day up to {last:yyyy-MM-dd}, or leave it out."));
    }

    /// <summary>The space of the demonstration: the sample, on free ports.</summary>
    public static SpaceDefinition Definition() => SpaceFile.Load(Samples.Folder("power-grid")).OnFreePorts();
}
