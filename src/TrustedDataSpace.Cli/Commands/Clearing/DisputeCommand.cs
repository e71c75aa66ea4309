using System.CommandLine;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Cli.Commands.Clearing;

/// <summary><c>tds dispute list|show|resolve</c>.</summary>
internal static class DisputeCommand
{
    private const int MostShown = 50;

    public static Command Create() => new("dispute", "Intervals of use that provider and consumer have counted differently, or that one has not signed.") { List(), Show(), Resolve() };

    private static Command List()
    {
        var state = new Option<string?>("--state") { Description = "open or resolved. Default: both." };
        var agreement = new Option<string?>("--agreement") { Description = "Of that agreement only.", HelpName = "ID" };
        return Verb.ForOperator("list", "Show disputes, the oldest first.", [state, agreement], async call =>
        {
            var filters = new (string Name, string? Value)[] { ("state", call.Get(state)), ("agreement", call.Get(agreement)) };
            var query = string.Concat(filters.Where(filter => filter.Value is not null).Select(filter => $"{filter.Name}={Uri.EscapeDataString(filter.Value!)}&"));
            var all = await call.Client.AllAsync<Dispute>($"{AuthorityRoutes.Disputes}?{query}", call.Cancellation);
            await call.ShowAsync(all, all.Select(dispute => string.Join("  ", dispute.Id, $"{dispute.State,-8}", $"{dispute.Reason,-8}", $"{dispute.From:yyyy-MM-dd'T'HH:mm'Z'}", dispute.Agreement)));
            return ExitCode.Ok;
        });
    }

    private static Command Show()
    {
        var id = Id();
        return Verb.ForOperator("show", "Show what each side has signed, and which requests differ.", [id], async call =>
        {
            var dispute = await call.Client.GetAsync<Dispute>(AuthorityRoutes.ForDispute(call.Get(id)), call.Cancellation);
            var page = await call.Client.GetAsync<Page<LeafDifference>>($"{AuthorityRoutes.ForDispute(call.Get(id), AuthorityRoutes.DisputeDifferences)}?limit={MostShown}", call.Cancellation);
            await call.ShowAsync(new { Dispute = dispute, Requests = page }, Lines(dispute, page));
            return ExitCode.Ok;
        });
    }

    private static Command Resolve()
    {
        var id = Id();
        var take = new Option<string>("--take") { Description = "Whose counts settle: provider, consumer, lower or nothing.", Required = true };
        take.AcceptOnlyFromAmong(DisputeTakes.Provider, DisputeTakes.Consumer, DisputeTakes.Lower, DisputeTakes.Nothing);
        var reason = new Option<string>("--reason") { Description = "Why; both parties read it.", Required = true };
        return Verb.ForOperator("resolve", "Decide a dispute.", [id, take, reason], async call =>
        {
            var dispute = await call.Client.PostAsync<Dispute>(
                AuthorityRoutes.ForDispute(call.Get(id), AuthorityRoutes.DisputeResolution), new DisputeResolution(call.Get(take)!, call.Get(reason)!), call.Cancellation);
            await call.ShowAsync(dispute, [$"resolved {dispute.Id}: {dispute.Outcome!.Take}, {dispute.Outcome.Reason}"]);
            return ExitCode.Ok;
        });
    }

    private static Argument<string> Id() => new("ID") { Description = "Id of the dispute, as 'tds dispute list' shows it." };

    private static IEnumerable<string> Lines(Dispute dispute, Page<LeafDifference> page)
    {
        yield return $"dispute    {dispute.Id}, {dispute.State}, {dispute.Reason}";
        yield return $"agreement  {dispute.Agreement}";
        yield return $"interval   {dispute.From:yyyy-MM-dd'T'HH:mm'Z'} of flow {dispute.Flow}";
        yield return $"provider   {Side(dispute.Provider)}";
        yield return $"consumer   {(dispute.Consumer is { } consumer ? Side(consumer) : "has not signed")}";
        foreach (var count in dispute.Differences)
        {
            yield return $"count      {count.Purpose} {count.Outcome} {count.Meter}: provider {Number(count.Provider)}, consumer {Number(count.Consumer)}";
        }

        foreach (var request in page.Items)
        {
            yield return $"request    {request.Sequence}: provider {Leaf(request.Provider)}, consumer {Leaf(request.Consumer)}";
        }

        if (page.Next is not null)
        {
            yield return $"           and more; the first {MostShown} are shown";
        }

        if (dispute.Outcome is { } outcome)
        {
            yield return $"outcome    {outcome.Take} by {outcome.By}: {outcome.Reason}";
        }
    }

    private static string Side(DisputedSide side) => $"{side.Id}, {side.Record.Leaves} requests; its leaves: {side.Recount ?? "not shown"}";

    internal static string Leaf(UsageLeaf? leaf) => leaf is null ? "none" : $"{leaf.Purpose} {leaf.Outcome} {leaf.Rows} rows {leaf.Bytes} bytes{Tokens(leaf.Tokens)}";

    private static string Tokens(TokenCounts? tokens)
    {
        if (tokens is null)
        {
            return "";
        }

        var counts = new (string Name, long? Number)[] { ("in", tokens.In), ("cached", tokens.Cached), ("out", tokens.Out), ("data", tokens.Data) }
            .Concat((tokens.DataBy ?? []).Select(part => (Name: "of " + part.Party, Number: (long?)part.Tokens)))
            .Where(count => count.Number is not null)
            .Select(count => $"{count.Name} {Number(count.Number)}");
        return $", tokens: {string.Join(", ", counts.DefaultIfEmpty("unknown"))}";
    }

    private static string Number(long? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown";
}
