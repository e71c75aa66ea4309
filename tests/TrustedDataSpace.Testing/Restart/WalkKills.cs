using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>
/// Takes walks, and kills one side right behind each step: its message may not be sent, may be under way, or may be acted on without an
/// answer. Each step must arrive all the same, and once.
/// </summary>
public sealed class WalkKills(KillableSpace space, string product)
{
    private readonly List<string> problems = [];

    /// <summary>Steps that one side was killed behind.</summary>
    public int Kills { get; private set; }

    /// <summary>Transitions that were lost or doubled; empty when none was.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>Takes the walk.</summary>
    /// <param name="walk">Which.</param>
    /// <param name="victim">Who is killed behind the step of that number.</param>
    /// <param name="agreement">Of a transfer.</param>
    /// <returns>The agreement that it led to, or null.</returns>
    public async Task<string?> TakeAsync(Walk walk, Func<int, Member?> victim, string? agreement = null)
    {
        var (consumerId, providerId, last) = ("", "", "");
        for (var i = 0; i < walk.Steps.Count; i++)
        {
            var step = walk.Steps[i];
            if (step.Route.Length == 0)
            {
                consumerId = await BeginAsync(walk, agreement);
            }
            else
            {
                var (actor, id) = step.ByConsumer ? (space.Consumer, consumerId) : (space.Provider, providerId);
                await actor.PostAsync<object>(ManagementRoutes.For(step.Route, id), step.Body);
            }

            if (victim(i) is { } killed)
            {
                await killed.KillAndStartAsync();
                Kills++;
            }

            providerId = providerId.Length > 0 ? providerId : await CounterpartAsync(walk, consumerId);
            await ArrivedAsync(walk, space.Consumer, consumerId, last, step.To);
            await ArrivedAsync(walk, space.Provider, providerId, last, step.To);
            last = step.To;
        }

        await CheckAsync(walk, space.Consumer, consumerId);
        await CheckAsync(walk, space.Provider, providerId);
        return walk.IsTransfer ? null : (await ViewAsync(walk, space.Consumer, consumerId)).Agreement;
    }

    /// <summary>Both keep these agreements and no others.</summary>
    public async Task CheckAgreementsAsync(IReadOnlyCollection<string> agreements)
    {
        foreach (var member in new[] { space.Consumer, space.Provider })
        {
            var kept = (await member.ListAsync<AgreementView>(ManagementRoutes.Agreements)).Select(one => one.Id).ToList();
            if (kept.Count != agreements.Count || !kept.ToHashSet().SetEquals(agreements))
            {
                problems.Add($"the {member.Name} keeps {kept.Count} agreements where {agreements.Count} were concluded");
            }
        }
    }

    private async Task<string> BeginAsync(Walk walk, string? agreement) => walk.IsTransfer
        ? (await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = agreement! })).Id
        : (await space.Consumer.PostAsync<NegotiationView>(ManagementRoutes.Negotiations, new NegotiationStart
        {
            Provider = KillableSpace.Grid,
            DatasetId = product,
            OfferId = $"offer:{product}:1",
            Mode = NegotiationModes.Manual,
        })).Id;

    private async Task<string> CounterpartAsync(Walk walk, string id)
    {
        var found = "";
        await space.Consumer.UntilAsync("to know the provider's process", async () => (found = (await ViewAsync(walk, space.Consumer, id)).Counterpart ?? "").Length > 0);
        return found;
    }

    private static Task ArrivedAsync(Walk walk, Member member, string id, string before, string state) => member.UntilAsync(
        $"to be {state}", async () => (await ViewAsync(walk, member, id, before.Length > 0 ? "?after=" + before : "")).State == state);

    private static async Task<(string State, string? Counterpart, string? Agreement)> ViewAsync(Walk walk, Member member, string id, string after = "")
    {
        if (walk.IsTransfer)
        {
            var transfer = await member.GetAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, id) + after, wait: after.Length > 0);
            return (transfer.State, transfer.CounterpartyPid, null);
        }

        var negotiation = await member.GetAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, id) + after, wait: after.Length > 0);
        return (negotiation.State, negotiation.CounterpartyPid, negotiation.AgreementId);
    }

    // A transfer is requested before it is started, and nobody has to take that step.
    private async Task CheckAsync(Walk walk, Member member, string id)
    {
        var prefix = walk.IsTransfer ? "transfer." : "negotiation.";
        var expected = (walk.IsTransfer ? new[] { "REQUESTED" } : []).Concat(walk.Steps.Select(step => step.To)).Select(state => prefix + state.ToLowerInvariant());
        var seen = (await member.ListAsync<EventView>($"{ManagementRoutes.Events}?process={id}")).Select(one => one.Kind).Where(kind => kind.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        if (!seen.SequenceEqual(expected))
        {
            problems.Add($"{walk.Name} at the {member.Name}: {string.Join(", ", seen)}");
        }
    }
}
