using TrustedDataSpace.Cli.Space;

namespace TrustedDataSpace.Cli.Demo.Materials;

/// <summary>
/// The new-materials space from end to end: a maker of parts asks an alloy assistant, which answers from the reports of a mill and a laboratory,
/// and pays by AI tokens. This list is its table of contents.
/// </summary>
internal static class MaterialsDemo
{
    /// <summary>The provider of the assistant.</summary>
    public const string Model = "model";

    /// <summary>The consumer.</summary>
    public const string Maker = "maker";

    /// <summary>The steel mill.</summary>
    public const string Mill = "mill";

    /// <summary>The test laboratory.</summary>
    public const string Lab = "lab";

    /// <summary>The product that is paid by tokens.</summary>
    public const string Product = "alloy_assistant";

    /// <summary>What the clock of the space shows at the beginning.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 5, 12, 8, 0, 0, TimeSpan.FromHours(8));

    /// <summary>The space of the demonstration: the sample, on free ports.</summary>
    public static DemoSpace Space() => new(SpaceFile.Load(Samples.Folder("materials")).OnFreePorts(), Start, Model, Maker);

    /// <summary>The steps, in order.</summary>
    public static IReadOnlyList<DemoStep> Steps(DemoSpace space)
    {
        var onboarding = new MaterialsOnboarding(space);
        var use = new AssistantSteps(space);
        var settlement = new TokenSettlementSteps(space);
        var proof = new ProofSteps(space, Product);
        return
        [
            new("start", "Start authority, connectors and sources", onboarding.StartAsync),
            new("admit", "Admit four participants", onboarding.AdmitAsync, "start"),
            new("publish", "Publish reports of two providers and the assistant", onboarding.PublishAsync, "admit"),
            new("reports", "The assistant's provider contracts and reads both reports", onboarding.ReadReportsAsync, "publish"),
            new("not-a-model", "Refused: reports for who provides no model", onboarding.RefuseReportsAsync, "publish"),
            new("negotiate", "Negotiate the contract for the assistant", use.NegotiateAsync, "reports"),
            new("plain", "Ask, and get a plain answer with citations", use.AskPlainAsync, "negotiate"),
            new("streamed", "Ask, and read the answer as it comes", use.AskStreamedAsync, "plain"),
            new("training", "Refused: training, where inference is agreed", use.TrainingAsync, "negotiate"),
            new("image", "Refused: an image, whose tokens nobody can count", use.ImageAsync, "negotiate"),
            new("calls", "Ask 640 times in all, plain and streamed", use.AskAllAsync, "streamed"),
            new("budget", "Refused: beyond the day's budget of tokens", use.BudgetAsync, "calls"),
            new("counts", "Both sides counted the same tokens", proof.CountsAsync, "calls"),
            new("records", "Both sides signed the same usage records", proof.RecordsAsync, "counts", "budget"),
            new("statement", "Both sides state 27.90 CNY, by party", settlement.StateAsync, "records"),
            new("per-invoice", "Rounded once per invoice it would be 27.89 CNY", settlement.RatePerInvoiceAsync, "records"),
            new("evidence", "Export the evidence and verify it offline", proof.VerifyAsync, "records"),
            new("altered", "One changed byte is found, with its line", proof.FindAlterationAsync, "evidence"),
        ];
    }
}
