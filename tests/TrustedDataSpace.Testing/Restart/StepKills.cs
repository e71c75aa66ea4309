using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>Kills one side right after it has shown a state, starts it again, and waits for the process to finish all the same.</summary>
public sealed class StepKills(KillableSpace space, string product)
{
    /// <summary>States of a negotiation, in order.</summary>
    public static readonly string[] NegotiationStates = ["REQUESTED", "AGREED", "VERIFIED", "FINALIZED"];

    /// <summary>States of a transfer, in order.</summary>
    public static readonly string[] TransferStates = ["REQUESTED", "STARTED", "TERMINATED"];

    /// <summary>A negotiation whose consumer, provider or authority is killed in that state or as soon as it is past it.</summary>
    /// <returns>The agreement.</returns>
    public async Task<string> NegotiateAsync(Member victim, string state)
    {
        var before = victim == space.Provider ? (await NewestAsync<NegotiationView>(ManagementRoutes.Negotiations))?.Id : null;
        var begun = await space.NegotiateAsync(product);
        await ReachedAsync(victim, NegotiationStates, state, async () => victim == space.Provider
            ? await NewestAsync<NegotiationView>(ManagementRoutes.Negotiations) is { } newest && newest.Id != before ? newest.State : null
            : (await space.Consumer.GetAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, begun.Id))).State);
        await victim.KillAndStartAsync();
        string? agreement = null;
        await space.Consumer.UntilAsync("to have its contract", async () =>
        {
            var view = await space.Consumer.GetAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, begun.Id), wait: true);
            Fail.Unless(view.State != "TERMINATED", $"the negotiation ended: {string.Join("; ", view.Reasons)}");
            agreement = view.AgreementId;
            return view.State == "FINALIZED";
        });
        return agreement!;
    }

    /// <summary>A transfer that is killed in that state; then it is ended, unless that was under way.</summary>
    public async Task TransferAsync(string agreement, Member victim, string state)
    {
        var before = victim == space.Provider ? (await NewestAsync<TransferView>(ManagementRoutes.Transfers))?.Id : null;
        TransferView? begun = null;
        await space.Consumer.UntilAsync("to begin a transfer", async () =>
            (begun = await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = agreement })) is not null);
        var route = ManagementRoutes.For(ManagementRoutes.TransferById, begun!.Id);
        if (state == "TERMINATED")
        {
            await StartedAsync(route);
            await TerminateAsync(begun.Id);
        }

        await ReachedAsync(victim, TransferStates, state, async () => victim == space.Provider
            ? await NewestAsync<TransferView>(ManagementRoutes.Transfers) is { } newest && newest.Id != before ? newest.State : null
            : (await space.Consumer.GetAsync<TransferView>(route)).State);
        await victim.KillAndStartAsync();
        if (state != "TERMINATED")
        {
            await StartedAsync(route);
            await TerminateAsync(begun.Id);
        }
    }

    private static Task ReachedAsync(Member victim, string[] order, string state, Func<Task<string?>> look) => victim.UntilAsync(
        "to reach " + state, async () => await look() is { } present && Array.IndexOf(order, present) >= Array.IndexOf(order, state));

    private async Task<T?> NewestAsync<T>(string route)
        where T : class => (await space.Provider.GetAsync<Page<T>>(route + "?limit=1")).Items is [var newest, ..] ? newest : null;

    private Task StartedAsync(string route) => space.Consumer.UntilAsync("to have its transfer started", async () =>
    {
        var view = await space.Consumer.GetAsync<TransferView>(route, wait: true);
        Fail.Unless(view.State != "TERMINATED", $"the transfer ended: {string.Join("; ", view.Reasons)}");
        return view.State == "STARTED";
    });

    private Task TerminateAsync(string id) => space.Consumer.UntilAsync("to end a transfer", async () =>
        (await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferTermination, id), new Termination { Reason = "done" })).State == "TERMINATED");
}
