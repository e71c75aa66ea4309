using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using static TrustedDataSpace.Protocol.Dsp.NegotiationStates;

namespace TrustedDataSpace.Connector.Negotiation;

/// <summary>How the participant itself begins negotiations, and sees them.</summary>
internal sealed class NegotiationService(
    Database database, NegotiationStore store, RoundStore rounds, NegotiationMachine machine, NegotiationProposal proposals)
{
    private static readonly string[] Modes = [NegotiationModes.Automatic, NegotiationModes.Manual, NegotiationModes.Mixed];

    /// <summary>Asks a provider for a contract, or makes a consumer an offer.</summary>
    /// <exception cref="RefusalException">NotFound: no such offer; Malformed or Unsupported: its terms cannot be kept here; Unavailable.</exception>
    public async Task<NegotiationView> StartAsync(NegotiationStart start, CancellationToken cancellation)
    {
        if (start.Provider is null == start.Consumer is null)
        {
            throw new RefusalException(RefusalCode.Malformed, "Exactly one of provider (to ask it) and consumer (to make it an offer) is needed.") { Where = "$.provider" };
        }

        if (start.Mode is { } mode && !Modes.Contains(mode))
        {
            throw new RefusalException(RefusalCode.Malformed, $"'{mode}' is no mode.") { Where = "$.mode", Remedy = "use one of " + string.Join(", ", Modes) };
        }

        var begun = start.Provider is { } provider
            ? await proposals.AskAsync(provider, start, cancellation)
            : await proposals.OfferAsync(start.Consumer!, start, cancellation);
        return (await database.WriteAsync(unit => machine.Begin(unit, begun))).ToView();
    }

    /// <summary>A negotiation; waits, if asked to, until it has left the state; without one, until it is over or waits for somebody here.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task<NegotiationView> GetAsync(string id, string? after, TimeSpan wait, CancellationToken cancellation)
    {
        if (store.StandingOf(id) is null)
        {
            throw NoSuch(id);
        }

        await database.WaitUntilAsync(id, () => IsThere(id, after), wait, cancellation);
        return store.Find(id)!.ToView();
    }

    /// <summary>Newest first.</summary>
    public Page<NegotiationView> List(NegotiationFilter filter, PageRequest page) =>
        page.ToPage(store.Page(filter.Checked(), page.After, page.Size), row => row.ToView(), row => row.Id);

    /// <summary>The rounds of a negotiation, oldest first.</summary>
    /// <exception cref="RefusalException">NotFound; Malformed cursor.</exception>
    public Page<NegotiationRound> Rounds(string id, PageRequest page)
    {
        var size = page.Size;
        var after = page.After.Length == 0 ? 0 : long.TryParse(page.After, out var number) ? number
            : throw new RefusalException(RefusalCode.Malformed, "The cursor is not one of this list.") { Term = "cursor" };
        _ = store.Find(id) ?? throw NoSuch(id);
        return page.ToPage(rounds.Page(id, after, size), row => row, row => row.Number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Whether the provider has agreed to something on the asset, and the agreement is not in force yet.</summary>
    public static bool NeedsAsset(UnitOfWork unit, string assetId) => unit.Find<long>(
        "SELECT count(*) FROM (SELECT 1 FROM negotiations WHERE space_id = @Space AND state IN (@Agreed, @Verified) AND asset_id = @assetId LIMIT 1) needed",
        new { unit.Space, Agreed, Verified, assetId }) > 0;

    internal static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no negotiation '{id}'.");

    // Looked at after each step by everybody who waits: without the policies, as long as nothing hangs on them.
    private bool IsThere(string id, string? after)
    {
        var standing = store.StandingOf(id)!;
        return after is not null
            ? standing.State != after
            : IsFinal(standing.State) || (NegotiationRecord.IsOwnTurnOf(standing.Role, standing.State) && standing.Mode != NegotiationModes.Automatic && store.Find(id)!.IsWaiting);
    }
}
