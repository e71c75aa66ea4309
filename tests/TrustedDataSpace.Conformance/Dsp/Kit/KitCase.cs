using TrustedDataSpace.Protocol.Dsp;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>One test of the kit.</summary>
/// <param name="Id">As the kit displays it, for example <c>CN_C:02-03</c>.</param>
/// <param name="RunAsync">The kit's part in it.</param>
internal sealed record KitCase(string Id, Func<Kit, Task> RunAsync)
{
    /// <summary>All 67: the two that the kit has disabled are among them.</summary>
    public static IReadOnlyList<KitCase> All { get; } =
        [.. CatalogCases.All, .. ProviderNegotiationCases.All, .. ConsumerNegotiationCases.All, .. TransferCases.All];

    /// <summary>Tests that the kit itself has disabled.</summary>
    public static IReadOnlyList<string> Disabled { get; } = ["TP:02-04", "TP_C:02-04"];

    /// <summary>The part of the id before the colon.</summary>
    public string Group => Id[..Id.IndexOf(':', StringComparison.Ordinal)];

    public static KitCase Negotiation(string id, DspRole kit, Func<KitNegotiation, Task> run) => new(id, on => run(new KitNegotiation(on, id, kit)));

    public static KitCase Transfer(string id, DspRole kit, Func<KitTransfer, Task> run) => new(id, on => run(new KitTransfer(on, id, kit)));
}
